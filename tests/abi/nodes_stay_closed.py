#!/usr/bin/env python3
"""Checks that a version node of libgoconc.so never changes once a release has closed it.

A program says which nodes it needs. Were a symbol added to an old one, the program would start with
an older library that has the node but not the symbol, and fail in the middle.
"""
import argparse
import re
import xml.etree.ElementTree as xml
from pathlib import Path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="description of the library as it is, made by pkg/abi/describe")
    parser.add_argument("released", nargs="+", help="descriptions of releases, goconc-VERSION.abi")
    arguments = parser.parse_args()
    now = nodes_in(arguments.library)
    closed = {}  # node: the release that closed it, its symbols
    for path in sorted(arguments.released, key=version_of, reverse=True):
        closed.update((node, (version_of(path), symbols)) for node, symbols in nodes_in(path).items())
    problems = [problem for node in sorted(closed)
                for problem in changes(node, now.get(node, set()), *closed[node], next_after(closed))]
    print("\n".join(problems) or f"{len(closed)} closed nodes are as they were released")
    raise SystemExit(1 if problems else 0)


def changes(node, symbols, version, released, next_node):
    release = "release " + ".".join(map(str, version))
    yield from (f"{name}: is new in {node}, which {release} closed; open {next_node} for it in "
                "src/capi/goconc.map" for name in sorted(symbols - released))
    yield from (f"{name}: is no longer in {node}, where {release} has it"
                for name in sorted(released - symbols))


def nodes_in(description):
    nodes = {}
    for symbol in xml.parse(description).iter("elf-symbol"):
        nodes.setdefault(symbol.get("version", "no node"), set()).add(symbol.get("name"))
    return nodes


def next_after(nodes):
    """Of GOCONC_1.0 and GOCONC_1.1 it is GOCONC_1.2."""
    newest = max((tuple(map(int, re.findall(r"\d+", node))) for node in nodes))
    return "GOCONC_%d.%d" % (newest[0], newest[1] + 1)


def version_of(path):
    return tuple(map(int, re.findall(r"\d+", Path(path).name)))


if __name__ == "__main__":
    main()
