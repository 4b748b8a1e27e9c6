package main

import (
	"sync"
	"time"
)

func benchMutex(scale float64) {
	const goroutines = 8
	steps := scaled(20_000_000, scale) / goroutines
	var mutex sync.Mutex
	var wg sync.WaitGroup
	value := int64(0)
	start := time.Now()
	for i := 0; i < goroutines; i++ {
		wg.Add(1)
		go func() {
			for i := int64(0); i < steps; i++ {
				mutex.Lock()
				value++
				mutex.Unlock()
			}
			wg.Done()
		}()
	}
	wg.Wait()
	reportPerOp("mutex", start, steps*goroutines)
	expect(value == steps*goroutines, "mutex: a step got lost")
}

func benchTimer(scale float64) {
	count := scaled(2_000_000, scale)
	stopped := int64(0)
	start := time.Now()
	for i := int64(0); i < count; i++ {
		if time.NewTimer(time.Hour).Stop() {
			stopped++
		}
	}
	reportPerOp("timer", start, count)
	expect(stopped == count, "timer: not stopped")
}

func sleepASecond(lateness *time.Duration, wg *sync.WaitGroup) {
	start := time.Now()
	time.Sleep(time.Second)
	*lateness = time.Since(start) - time.Second
	wg.Done()
}

func benchSleepers(scale float64) {
	var wg sync.WaitGroup
	lateness := make([]time.Duration, scaled(100_000, scale))
	start := time.Now()
	for i := range lateness {
		wg.Add(1)
		go sleepASecond(&lateness[i], &wg)
	}
	wg.Wait()
	reportElapsed("sleepers", start)
	latest := time.Duration(0)
	for _, late := range lateness {
		expect(late >= 0, "sleepers: woken too early")
		if late > latest {
			latest = late
		}
	}
	report("lateness", "ms", milliseconds(latest))
}

func benchShortSleep(scale float64) {
	count := scaled(1_000, scale)
	start := time.Now()
	for i := int64(0); i < count; i++ {
		time.Sleep(50 * time.Microsecond)
	}
	elapsed := time.Since(start)
	reportMicrosecondsPerOp("short-sleep", start, count)
	expect(elapsed >= time.Duration(count)*50*time.Microsecond, "short-sleep: woken too early")
}
