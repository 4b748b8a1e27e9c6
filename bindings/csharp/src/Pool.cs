using System;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Goconc
{
    // Operations of one type that are free. Each thread keeps one at hand; when the thread ends,
    // that one goes to the others.
    internal static class Pool<T> where T : Operation, new()
    {
        private static readonly ConcurrentQueue<T> s_free = new ConcurrentQueue<T>();

        [ThreadStatic, AllowNull, MaybeNull]
        private static Slot t_mine;

        public static T Rent()
        {
            var mine = t_mine;
            if (mine != null && mine.Operation != null)
            {
                var operation = mine.Operation;
                mine.Operation = null;
                return operation;
            }
            return s_free.TryDequeue(out var free) ? free : new T();
        }

        public static void Return(T operation)
        {
            var mine = t_mine ?? (t_mine = new Slot());
            if (mine.Operation == null)
            {
                mine.Operation = operation;
            }
            else
            {
                s_free.Enqueue(operation);
            }
        }

        private sealed class Slot
        {
            [AllowNull, MaybeNull]
            public T Operation;

            ~Slot()
            {
                if (Operation != null) s_free.Enqueue(Operation);
            }
        }
    }
}
