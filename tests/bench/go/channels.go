package main

import (
	"sync"
	"time"
)

// produce sends the numbers first, first + step, ... below end.
func produce(out chan<- int64, first, step, end int64, wg *sync.WaitGroup) {
	for i := first; i < end; i += step {
		out <- i
	}
	wg.Done()
}

func consume(in <-chan int64, total *int64, wg *sync.WaitGroup) {
	sum := int64(0)
	for value := range in {
		sum += value
	}
	*total = sum
	wg.Done()
}

func benchSpsc(scale float64) {
	count := scaled(10_000_000, scale)
	channel := make(chan int64, 1024)
	var wg sync.WaitGroup
	start := time.Now()
	wg.Add(1)
	go produce(channel, 0, 1, count, &wg)
	sum := int64(0)
	for i := int64(0); i < count; i++ {
		sum += <-channel
	}
	reportPerOp("spsc", start, count)
	expect(sum == sumBelow(count), "spsc: wrong sum")
	wg.Wait()
}

func benchMpmc(scale float64) {
	const pairs = 4
	count := scaled(8_000_000, scale)
	channel := make(chan int64, 128)
	var producing, consuming sync.WaitGroup
	var sums [pairs]int64
	start := time.Now()
	for i := 0; i < pairs; i++ {
		consuming.Add(1)
		go consume(channel, &sums[i], &consuming)
		producing.Add(1)
		go produce(channel, int64(i), pairs, count, &producing)
	}
	producing.Wait()
	close(channel)
	consuming.Wait()
	reportPerOp("mpmc", start, count)
	sum := int64(0)
	for _, part := range sums {
		sum += part
	}
	expect(sum == sumBelow(count), "mpmc: wrong sum")
}

func benchSolo(scale float64) {
	count := scaled(10_000_000, scale)
	channel := make(chan int64, 1)
	sum := int64(0)
	start := time.Now()
	for i := int64(0); i < count; i++ {
		channel <- i
		sum += <-channel
	}
	reportPerOp("solo", start, count)
	expect(sum == sumBelow(count), "solo: wrong sum")
}

func benchSelect(scale float64) {
	count := scaled(2_000_000, scale) / 2 * 2 // both producers send as many
	first, second := make(chan int64), make(chan int64)
	var wg sync.WaitGroup
	start := time.Now()
	wg.Add(1)
	go produce(first, 0, 2, count, &wg)
	wg.Add(1)
	go produce(second, 1, 2, count, &wg)
	sum := int64(0)
	for i := int64(0); i < count; i++ {
		select {
		case value := <-first:
			sum += value
		case value := <-second:
			sum += value
		}
	}
	reportPerOp("select", start, count)
	expect(sum == sumBelow(count), "select: wrong sum")
	wg.Wait()
}

func benchSelectReady(scale float64) {
	count := scaled(5_000_000, scale)
	first, second := make(chan int64, 1), make(chan int64, 1)
	first <- 0
	start := time.Now()
	for i := int64(0); i < count; i++ {
		select {
		case value := <-first:
			second <- value + 1
		case value := <-second:
			first <- value + 1
		}
	}
	reportPerOp("select-ready", start, count)
	var value int64
	select {
	case value = <-first:
	case value = <-second:
	}
	expect(value == count, "select-ready: wrong value")
}

func benchTry(scale float64) {
	count := scaled(50_000_000, scale)
	channel := make(chan int64)
	empty := int64(0)
	start := time.Now()
	for i := int64(0); i < count; i++ {
		select {
		case <-channel:
		default:
			empty++
		}
	}
	reportPerOp("try", start, count)
	expect(empty == count, "try: received from an empty channel")
}

func generate(out chan<- int64) {
	for i := int64(2); ; i++ {
		out <- i
	}
}

func filter(in <-chan int64, out chan<- int64, prime int64) {
	for {
		if value := <-in; value%prime != 0 {
			out <- value
		}
	}
}

func areFirstPrimes(numbers []int64) bool {
	var primes []int64
	for i := int64(2); len(primes) < len(numbers); i++ {
		prime := true
		for k := 0; prime && k < len(primes) && primes[k]*primes[k] <= i; k++ {
			prime = i%primes[k] != 0
		}
		if prime {
			primes = append(primes, i)
		}
	}
	for i, prime := range primes {
		if numbers[i] != prime {
			return false
		}
	}
	return true
}

func benchSieve(scale float64) {
	count := scaled(2_000, scale)
	channels := make([]chan int64, count)
	for i := range channels {
		channels[i] = make(chan int64)
	}
	var primes []int64
	start := time.Now()
	go generate(channels[0])
	for i := int64(0); ; i++ {
		primes = append(primes, <-channels[i])
		if i == count-1 {
			break
		}
		go filter(channels[i], channels[i+1], primes[i])
	}
	reportElapsed("sieve", start)
	expect(areFirstPrimes(primes), "sieve: wrong primes")
}
