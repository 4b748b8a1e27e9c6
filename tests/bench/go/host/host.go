// Goroutines and channels of Go for a host program in C, go_host.c: each function is what such a program
// would call for one act. Built with -buildmode=c-shared.
package main

import "C"

import "sync"

var (
	ping, pong = make(chan int64), make(chan int64)
	wg         sync.WaitGroup
)

//export goStartEcho
func goStartEcho() {
	wg.Add(1)
	go func() {
		for value := range ping {
			pong <- value + 1
		}
		wg.Done()
	}()
}

//export goSend
func goSend(value int64) { ping <- value }

//export goRecv
func goRecv() int64 { return <-pong }

//export goClose
func goClose() { close(ping) }

//export goSpawn
func goSpawn() {
	wg.Add(1)
	go func() { wg.Done() }()
}

//export goWait
func goWait() { wg.Wait() }

func main() {}
