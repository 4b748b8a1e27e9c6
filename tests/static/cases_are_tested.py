#!/usr/bin/env python3
"""Checks that each test that tests/README.md names for one of Go's cases exists."""
import argparse
import re

from repository import ROOT, fail_on, files

TABLES = re.compile(r"^## Go's cases\n(.*?)^## ", re.S | re.M)
NAME = re.compile(r"`(\w+|…)\.([\w*…]+)`")
TEST = re.compile(r"\bTEST(?:_P|_F)?\(\s*(\w+),\s*(\w+)\)")


def main():
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    tests = {match for path in files() if path.parts[0] == "tests" and path.suffix == ".cc"
             for match in TEST.findall((ROOT / path).read_text())}
    rows = re.findall(r"^\| (.*) \|$", TABLES.search((ROOT / "tests/README.md").read_text())[1], re.M)
    named = [name for row in rows for name in names_of(row.split(" | ")[1])]
    problems = [] if named else ["no test is named"]
    problems += [f"{group}.{name}: there is no such test"
                 for group, name in named if not exists(tests, group, name)]
    fail_on(problems, f"{len(named)} named tests exist")


def names_of(cell):
    """The tests in a cell as (group, name), where an ellipsis stands for the group before it."""
    group = None
    for match in NAME.finditer(cell):
        group = group if match[1] == "…" else match[1]
        yield group, match[2]


def exists(tests, group, name):
    pattern = re.compile(re.escape(name).replace(r"\*", ".*").replace("…", ".*") + "$")
    return any(g == group and pattern.match(n) for g, n in tests)


if __name__ == "__main__":
    main()
