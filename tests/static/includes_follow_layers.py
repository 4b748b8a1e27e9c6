#!/usr/bin/env python3
"""Checks that each file under src/ includes only its own room and rooms below it.

An include is written as "room/file.h" and must exist; public headers are <goconc/...>.
"""
import argparse
import re

from repository import ROOT, fail_on, files

# Lowest first: a room may use those before it.
ROOMS = ["base", "arch", "stack", "trace", "time", "sched", "poll", "chan", "context", "sync", "port",
         "diag", "capi"]
SOURCES = {".h", ".cc", ".S"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]*)"|<goconc/([^>]*)>)')


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    sources = [path for path in files() if path.parts[0] == "src" and path.suffix in SOURCES]
    problems = [] if sources else ["no source under src/"]
    for path in sources:
        problems += problems_of(path)
    fail_on(problems, f"{len(sources)} files follow the layers")


def problems_of(path):
    room = path.parts[1]
    if len(path.parts) < 3 or room not in ROOMS:
        yield f"{path}: lies in no known room"
        return
    for number, line in enumerate((ROOT / path).read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        reason = match and wrong(room, *match.groups())
        if reason:
            yield f"{path}:{number}: {line.strip()}: {reason}"


def wrong(room, quoted, public):
    """Why a file of the room may not include this; None if it may."""
    if public is not None:
        return None if (ROOT / "include/goconc" / public).is_file() else "no such public header"
    used = quoted.split("/")[0]
    if used == "goconc":
        return f"public headers are written <{quoted}>"
    if not (ROOT / "src" / quoted).is_file() or used not in ROOMS:
        return 'not of the form "room/file.h"'
    if ROOMS.index(used) > ROOMS.index(room):
        return f"{used}/ lies above {room}/"
    return None


if __name__ == "__main__":
    main()
