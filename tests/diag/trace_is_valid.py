#!/usr/bin/env python3
"""Checks a file in Chrome's trace event format as Perfetto reads it, and what goconc promises of it.

Slices of a track lie within or beside each other; each flow has one start and one finish, which come in
this order and lie in slices; every track has a name. A goroutine runs on one track at a time; it is
woken between two runs, unless it yielded; the flow that leads to a run begins at the one who is named.
"""
import argparse
import json
import sys
from collections import Counter, defaultdict


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--partly", action="store_true", help="older events have been overwritten")
    options = parser.parse_args()
    with open(options.file, encoding="utf-8") as file:
        trace = json.load(file)
    events = trace["traceEvents"]
    problems = list(check_fields(events)) or [
        *check_nesting(events), *check_flows(events), *check_goroutines(events, options.partly)]
    if trace["otherData"]["unexplained"]:
        problems.append(f"{trace['otherData']['unexplained']} events are unexplained")
    if problems:
        sys.exit("\n".join(problems[:20]))
    counts = Counter(e.get("cat", "metadata") for e in events)
    print(" ".join(f"{kind}={count}" for kind, count in sorted(counts.items())))


def check_fields(events):
    named = {(e["pid"], e["tid"]) for e in events if e["ph"] == "M" and e["name"] == "thread_name"}
    for e in events:
        if e["ph"] not in "MXisf":
            yield f"unknown phase: {e}"
        elif not isinstance(e["name"], str) or not isinstance(e["pid"], int):
            yield f"no name or process: {e}"
        elif e["ph"] == "M":
            continue
        elif (e["pid"], e["tid"]) not in named:
            yield f"a track without a name: {e}"
        elif not e["ts"] >= 0 or (e["ph"] == "X" and not e["dur"] >= 0):
            yield f"no time: {e}"
        elif e["ph"] == "f" and e["bp"] != "e":
            yield f"a flow that does not lead to the slice around it: {e}"


def ns(microseconds):
    return round(microseconds * 1000)


def slices(events):
    """Of each track, by their beginning: (begin, end, event)."""
    tracks = defaultdict(list)
    for e in events:
        if e["ph"] == "X":
            tracks[e["tid"]].append((ns(e["ts"]), ns(e["ts"]) + ns(e["dur"]), e))
    for track in tracks.values():
        track.sort(key=lambda s: (s[0], -s[1]))
    return tracks


def check_nesting(events):
    for track in slices(events).values():
        around = []
        for begin, end, e in track:
            while around and around[-1] <= begin:
                around.pop()
            if around and end > around[-1]:
                yield f"overlaps with another slice: {e}"
            around.append(end)


def check_flows(events):
    tracks = slices(events)
    ends = defaultdict(dict)
    for e in events:
        if e["ph"] in "sf":
            if e["ph"] in ends[e["id"]]:
                yield f"twice: {e}"
            ends[e["id"]][e["ph"]] = e
    at = {tid: 0 for tid in tracks}
    inside = defaultdict(int)
    for e in sorted((e for e in events if e["ph"] in "sf"), key=lambda e: e["ts"]):
        track, time = tracks[e["tid"]], ns(e["ts"])
        i = at.get(e["tid"], 0)
        while i < len(track) and track[i][0] <= time:
            inside[e["tid"]] = max(inside[e["tid"]], track[i][1])
            i += 1
        at[e["tid"]] = i
        # The end of a slice counts for who has parked and is still about it.
        if inside[e["tid"]] < time and e["ph"] == "f" or inside[e["tid"]] + LATE < time:
            yield f"a flow outside of slices: {e}"
    for flow in ends.values():
        if set(flow) != {"s", "f"} or not flow["s"]["ts"] <= flow["f"]["ts"]:
            yield f"half a flow, or backwards: {flow}"


LATE = 10_000_000


def check_goroutines(events, partly):
    runs = defaultdict(list)
    wakes = defaultdict(list)
    for e in events:
        if e.get("cat") == "goroutine":
            runs[e["args"]["goroutine"]].append(e)
        elif e.get("cat") == "wake":
            wakes[e["args"]["goroutine"]].append(e)
    for goroutine, its in runs.items():
        its.sort(key=lambda e: e["ts"])
        ready = sorted(ns(e["ts"]) for e in wakes[goroutine])
        for before, after in zip(its, its[1:]):
            end = ns(before["ts"]) + ns(before["dur"])
            if ns(after["ts"]) < end:
                yield f"runs twice at a time: {before} {after}"
            if before["args"]["ended"] == "exit":
                yield f"runs after its end: {after}"
            if before["args"]["ended"] == "yield" or partly:
                continue
            while ready and ready[0] < end:
                ready.pop(0)
            if not ready or ready[0] > ns(after["ts"]):
                yield f"runs without having been woken: {after}"
            if "woken by" not in after["args"]:
                yield f"nobody has woken it: {after}"
        for e in its[:-1]:
            if e["args"]["ended"] in ("unknown", "wait", "still running"):
                yield f"parked for no reason: {e}"


if __name__ == "__main__":
    main()
