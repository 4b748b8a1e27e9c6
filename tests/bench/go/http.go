// Twin of http.cc.
package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

var answer = []byte("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nHello, World!\n")
var requestEnd = []byte("\r\n\r\n")

var accepted, served int64

func serveConnection(connection net.Conn) {
	var data [4096]byte
	filled := 0
	var count int64
	for {
		got, err := connection.Read(data[filled:])
		if err != nil {
			break
		}
		filled += got
		for {
			end := bytes.Index(data[:filled], requestEnd)
			if end < 0 {
				break
			}
			copy(data[:], data[end+4:filled])
			filled -= end + 4
			if _, err := connection.Write(answer); err != nil {
				break
			}
			count++
		}
	}
	atomic.AddInt64(&served, count)
	connection.Close()
}

func acceptAll(listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		go serveConnection(connection)
		atomic.AddInt64(&accepted, 1)
	}
}

var summary = regexp.MustCompile(`(\d+) requests in ([\d.]+)s`)

// holdConnections opens connections and keeps them until its standard input ends: a process of its own, since
// few systems allow one process both ends of so many.
func holdConnections(address string, count int64) {
	held := make([]net.Conn, count)
	for i := range held {
		connection, err := net.Dial("tcp4", address)
		expect(err == nil, "cannot connect")
		held[i] = connection
	}
	os.Stdin.Read(make([]byte, 1))
}

// idle starts that process and returns what ends it.
func idle(address string, count int64) func() {
	holder := exec.Command(os.Args[0], "--hold", address, fmt.Sprint(count))
	input, err := holder.StdinPipe()
	expect(err == nil && holder.Start() == nil, "cannot start a process")
	for atomic.LoadInt64(&accepted) < count {
		time.Sleep(time.Millisecond)
	}
	return func() {
		input.Close()
		expect(holder.Wait() == nil, "connections have failed")
	}
}

func benchHTTP(scale float64)     { benchWithIdle("http", scale, 0) }
func benchHTTPIdle(scale float64) { benchWithIdle("http-idle", scale, 10000) }

func benchWithIdle(name string, scale float64, count int64) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	expect(err == nil, "cannot listen")
	go acceptAll(listener)
	end := idle(listener.Addr().String(), count)
	output, err := exec.Command("wrk", "-t", "1", "-c", "64", "-d", fmt.Sprint(scaled(5, scale)),
		fmt.Sprintf("http://%s/", listener.Addr())).Output()
	text := string(output)
	expect(err == nil, "wrk has failed (Debian: wrk)")
	expect(!strings.Contains(text, "Socket errors") && !strings.Contains(text, "Non-2xx"), text)
	found := summary.FindStringSubmatch(text)
	expect(found != nil, "wrk says something else")
	requests, _ := strconv.ParseInt(found[1], 10, 64)
	seconds, _ := strconv.ParseFloat(found[2], 64)
	end()
	listener.Close()
	for atomic.LoadInt64(&served) < requests { // its connections end
		time.Sleep(time.Millisecond)
	}
	report(name, "us", seconds*1e6/float64(requests))
}
