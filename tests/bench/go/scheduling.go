package main

import (
	"io"
	"runtime"
	"runtime/trace"
	"sort"
	"sync"
	"time"
)

func benchYield(scale float64) {
	var wg sync.WaitGroup
	count := scaled(2_000_000, scale)
	start := time.Now()
	for i := 0; i < 2; i++ {
		wg.Add(1)
		go func() {
			for i := int64(0); i < count; i++ {
				runtime.Gosched()
			}
			wg.Done()
		}()
	}
	wg.Wait()
	reportPerOp("yield", start, 2*count)
}

func timeRoundTrips(rounds int64) time.Duration {
	ping, pong := make(chan int64), make(chan int64)
	var wg sync.WaitGroup
	wg.Add(1)
	start := time.Now()
	go func() {
		for value := range ping {
			pong <- value + 1
		}
		wg.Done()
	}()
	value := int64(0)
	for i := int64(0); i < rounds; i++ {
		ping <- value
		value = <-pong
	}
	elapsed := time.Since(start)
	expect(value == rounds, "round trips: wrong value")
	close(ping)
	wg.Wait()
	return elapsed
}

func benchPingPong(scale float64) {
	rounds := scaled(2_000_000, scale)
	report("ping-pong", "ns", float64(timeRoundTrips(rounds))/float64(rounds))
}

func benchTrace(scale float64) {
	const rounds = 200_000
	percents := make([]float64, scaled(11, scale))
	for i := range percents {
		untraced := timeRoundTrips(rounds)
		expect(trace.Start(io.Discard) == nil, "trace: cannot start")
		traced := timeRoundTrips(rounds)
		trace.Stop()
		percents[i] = 100 * (float64(traced)/float64(untraced) - 1)
	}
	sort.Float64s(percents)
	report("trace", "%", percents[len(percents)/2])
}

const ringSize = 1000 // goroutines, the one that closes the ring included

func passOn(left <-chan int64, right chan<- int64, rounds int64, wg *sync.WaitGroup) {
	for i := int64(0); i < rounds; i++ {
		right <- <-left + 1
	}
	wg.Done()
}

func goRound(ring []chan int64, token int64) int64 {
	ring[0] <- token
	return <-ring[ringSize-1]
}

func benchRing(scale float64) {
	rounds := scaled(2_000, scale)
	var wg sync.WaitGroup
	channels := make([]chan int64, ringSize)
	for i := range channels {
		channels[i] = make(chan int64)
	}
	for i := 0; i < ringSize-1; i++ {
		wg.Add(1)
		go passOn(channels[i], channels[i+1], rounds+1, &wg)
	}
	token := goRound(channels, 0) // until then some have not run
	start := time.Now()
	for i := int64(0); i < rounds; i++ {
		token = goRound(channels, token)
	}
	reportPerOp("ring", start, rounds*ringSize)
	expect(token == (rounds+1)*(ringSize-1), "ring: wrong token")
	wg.Wait()
}

func benchSpawn(scale float64) {
	count := scaled(1_000_000, scale)
	var wg sync.WaitGroup
	start := time.Now()
	for i := int64(0); i < count; i++ {
		wg.Add(1)
		go func() { wg.Done() }()
	}
	wg.Wait()
	reportPerOp("spawn", start, count)
}

// skynet: a leaf sends its number, every other goroutine the sum of its ten children.
func skynet(parent chan<- int64, first, leaves int64) {
	if leaves == 1 {
		parent <- first
		return
	}
	results := make(chan int64)
	leaves /= 10
	for i := int64(0); i < 10; i++ {
		go skynet(results, first+i*leaves, leaves)
	}
	sum := int64(0)
	for i := 0; i < 10; i++ {
		sum += <-results
	}
	parent <- sum
}

func benchSkynet(scale float64) {
	leaves := int64(10) // the largest power of ten within the scale
	for leaves*10 <= scaled(1_000_000, scale) {
		leaves *= 10
	}
	result := make(chan int64)
	start := time.Now()
	go skynet(result, 0, leaves)
	sum := <-result
	reportPerOp("skynet", start, leaves)
	expect(sum == sumBelow(leaves), "skynet: wrong sum")
}

// turns: two goroutines hand a number to and fro, and compute for a while before each hand-over, the
// sender a little longer, so that the receiver is blocked by then.
type turns struct {
	channel chan int64
	rounds  int64
	last    int64 // number that was received
	wg      sync.WaitGroup
}

const (
	work      = 50 * time.Microsecond
	headStart = 5 * time.Microsecond
)

func compute(duration time.Duration) {
	for start := time.Now(); time.Since(start) < duration; {
	}
}

func (t *turns) sendAfterWork(value int64) {
	compute(work + headStart)
	t.channel <- value
}

func (t *turns) recvAfterWork() int64 {
	compute(work)
	return <-t.channel
}

func (t *turns) serve() {
	value := int64(0)
	for i := int64(0); i < t.rounds; i++ {
		t.sendAfterWork(value + 1)
		value = t.recvAfterWork()
	}
	t.last = value
	t.wg.Done()
}

func (t *turns) playBack() {
	for i := int64(0); i < t.rounds; i++ {
		value := t.recvAfterWork()
		t.sendAfterWork(value + 1)
	}
	t.wg.Done()
}

func benchWake(scale float64) {
	t := &turns{channel: make(chan int64), rounds: scaled(5_000, scale)}
	start := time.Now()
	t.wg.Add(2)
	go t.serve()
	go t.playBack()
	t.wg.Wait()
	reportMicrosecondsPerOp("wake", start, t.rounds)
	expect(t.last == 2*t.rounds, "wake: wrong number")
}
