package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// crowd: goroutines that are blocked in a receive of one channel.
type crowd struct {
	never          chan int64
	started, ended sync.WaitGroup
}

func (c *crowd) waitForEver() {
	c.started.Done()
	_, open := <-c.never
	expect(!open, "parked: received a value that nobody sent")
	c.ended.Done()
}

// park ends when all are blocked, but for those that have just said so.
func park(count int64) *crowd {
	c := &crowd{never: make(chan int64)}
	c.ended.Add(int(count))
	for i := int64(0); i < count; i++ {
		c.started.Add(1)
		go c.waitForEver()
	}
	c.started.Wait()
	return c
}

func (c *crowd) unpark() {
	close(c.never)
	c.ended.Wait()
}

// memoryInUse: bytes that this process holds: resident pages and the page tables for them.
func memoryInUse() int64 {
	status, err := os.ReadFile("/proc/self/status")
	expect(err == nil, "cannot read /proc/self/status")
	kib := int64(0)
	for _, line := range strings.Split(string(status), "\n") {
		var value int64
		if strings.HasPrefix(line, "VmRSS:") || strings.HasPrefix(line, "VmPTE:") {
			if _, err := fmt.Sscan(line[len("VmRSS:"):], &value); err == nil {
				kib += value
			}
		}
	}
	return kib * 1024
}

func cpuMilliseconds() float64 {
	var usage syscall.Rusage
	expect(syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil, "cannot read the CPU time")
	return milliseconds(time.Duration(usage.Utime.Nano() + usage.Stime.Nano()))
}

func benchParkedMemory(scale float64) {
	count := scaled(1_000_000, scale)
	before := memoryInUse()
	c := park(count)
	report("parked-memory", "B", float64(memoryInUse()-before)/float64(count))
	c.unpark()
}

func benchParkMillion(scale float64) {
	count := scaled(1_000_000, scale)
	start := time.Now()
	c := park(count)
	reportPerOp("park-million", start, count)
	c.unpark()
}

func benchIdle(scale float64) {
	c := park(1000)
	before := cpuMilliseconds()
	time.Sleep(time.Duration(scaled(int64(10*time.Second), scale)))
	report("idle", "ms", cpuMilliseconds()-before)
	c.unpark()
}
