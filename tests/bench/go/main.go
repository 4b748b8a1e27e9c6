// The rival of goconc_bench in Go: the same rows, the same work, the same output.
// Each row is the twin of the function of that name in the C++ file of the same name.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

var rows = map[string]func(scale float64){
	"yield":         benchYield,
	"ping-pong":     benchPingPong,
	"trace":         benchTrace,
	"ring":          benchRing,
	"spawn":         benchSpawn,
	"skynet":        benchSkynet,
	"wake":          benchWake,
	"spsc":          benchSpsc,
	"mpmc":          benchMpmc,
	"solo":          benchSolo,
	"select":        benchSelect,
	"select-ready":  benchSelectReady,
	"try":           benchTry,
	"sieve":         benchSieve,
	"mutex":         benchMutex,
	"timer":         benchTimer,
	"sleepers":      benchSleepers,
	"short-sleep":   benchShortSleep,
	"parked-memory": benchParkedMemory,
	"park-million":  benchParkMillion,
	"idle":          benchIdle,
	"http":          benchHTTP,
	"http-idle":     benchHTTPIdle,
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, "go_bench:", why)
	os.Exit(1)
}

func expect(holds bool, what string) {
	if !holds {
		fail(what)
	}
}

// report prints one result: name, unit and value, separated by tabs.
func report(name, unit string, value float64) {
	fmt.Printf("%s\t%s\t%.3f\n", name, unit, value)
}

func reportPerOp(name string, start time.Time, operations int64) {
	report(name, "ns", float64(time.Since(start).Nanoseconds())/float64(operations))
}

func reportMicrosecondsPerOp(name string, start time.Time, operations int64) {
	report(name, "us", float64(time.Since(start))/float64(time.Microsecond)/float64(operations))
}

func reportElapsed(name string, start time.Time) {
	report(name, "ms", milliseconds(time.Since(start)))
}

func milliseconds(d time.Duration) float64 {
	return float64(d) / float64(time.Millisecond)
}

// scaled brings a count at scale 1 to the scale of this run, at least 1.
func scaled(count int64, scale float64) int64 {
	if result := int64(float64(count) * scale); result > 0 {
		return result
	}
	return 1
}

// sumBelow is 0 + 1 + ... + (n - 1): what a stream of n numbers must add up to.
func sumBelow(n int64) int64 {
	return n * (n - 1) / 2
}

// parse reads the arguments ROW [--scale F]; ok is false for any others.
func parse(args []string) (row func(float64), scale float64, ok bool) {
	if len(args) != 1 && len(args) != 3 {
		return nil, 0, false
	}
	row, ok = rows[args[0]]
	scale = 1
	if len(args) == 3 {
		value, err := strconv.ParseFloat(args[2], 64)
		scale, ok = value, ok && args[1] == "--scale" && err == nil && value > 0
	}
	return row, scale, ok
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == "--hold" { // see http.go
		count, _ := strconv.ParseInt(os.Args[3], 10, 64)
		holdConnections(os.Args[2], count)
		return
	}
	row, scale, ok := parse(os.Args[1:])
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: go_bench ROW [--scale F]")
		os.Exit(1)
	}
	row(scale)
}
