using System;
using System.Threading.Tasks;

namespace Goconc
{
    // One case of a select: a channel, a direction, and what follows if it fires.
    internal abstract class SelectCase
    {
        public abstract IWords Channel { get; }
        public abstract int Direction { get; }

        // The word to send.
        public virtual long Prepare()
        {
            return 0;
        }

        // Takes back a word that was not sent.
        public virtual void Withdraw(long word)
        {
        }

        // Does what follows; the word is the one received.
        public abstract Task Fire(int status, long word);
    }

    internal sealed class ReadCase<T> : SelectCase
    {
        private readonly Channel<T> _channel;
        private readonly Func<Received<T>, Task> _handler;

        public ReadCase(Channel<T> channel, Func<Received<T>, Task> handler)
        {
            _channel = channel;
            _handler = handler;
        }

        public override IWords Channel
        {
            get { return _channel; }
        }

        public override int Direction
        {
            get { return NativeCase.Receive; }
        }

        public override Task Fire(int status, long word)
        {
            return _handler(status == Status.Ok
                ? new Received<T>(_channel.FromWord(word)) : default(Received<T>));
        }
    }

    internal sealed class WriteCase<T> : SelectCase
    {
        private readonly Channel<T> _channel;
        private readonly T _value;
        private readonly Func<Task> _handler;

        public WriteCase(Channel<T> channel, T value, Func<Task> handler)
        {
            _channel = channel;
            _value = value;
            _handler = handler;
        }

        public override IWords Channel
        {
            get { return _channel; }
        }

        public override int Direction
        {
            get { return NativeCase.Send; }
        }

        public override long Prepare()
        {
            return _channel.ToWord(_value);
        }

        public override void Withdraw(long word)
        {
            _channel.Discard(word);
        }

        public override Task Fire(int status, long word)
        {
            if (status != Status.Ok) throw Status.ToException(status);
            return _handler();
        }
    }
}
