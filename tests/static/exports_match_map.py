#!/usr/bin/env python3
"""Checks that libgoconc.so exports what src/capi/goconc.map lists and the headers declare.

The three lists must be the same: no symbol leaks, none is forgotten, none is undocumented.
"""
import argparse
import re
import subprocess

from repository import ROOT, fail_on, files

MAP = ROOT / "src/capi/goconc.map"
DECLARATION = re.compile(r"\bGOC_API\b[^;{]*?\b(\w+)\s*\(")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("library", help="path of libgoconc.so")
    exported = exported_by(parser.parse_args().library)
    mapped, declared = global_in_map(), declared_in_headers()
    problems = list(differences("exported", exported, "listed in goconc.map", mapped))
    problems += differences("listed in goconc.map", functions_in_map(), "declared with GOC_API", declared)
    if not exported:
        problems.append("no symbol is exported")
    fail_on(problems, f"{len(exported)} exported symbols are listed and declared")


def differences(one, ones, other, others):
    yield from (f"{name}: {one}, but not {other}" for name in sorted(ones - others))
    yield from (f"{name}: {other}, but not {one}" for name in sorted(others - ones))


def exported_by(library):
    listing = subprocess.run(["nm", "-D", "--defined-only", "--format=posix", library],
                             check=True, capture_output=True, text=True).stdout
    symbols = (line.split()[:2] for line in listing.splitlines())
    return {name.split("@")[0] for name, kind in symbols if kind != "A"}  # A: a version's node


def global_in_map():
    text = re.sub(r"/\*.*?\*/|#[^\n]*", "", MAP.read_text(), flags=re.S)
    names = set()
    for part in re.findall(r"global:(.*?)(?:local:|\})", text, flags=re.S):
        names.update(part.replace(";", " ").split())
    return names


def functions_in_map():
    """Without the table for debuggers, which no header declares."""
    return global_in_map() - {"goc_debug_layout"}


def declared_in_headers():
    names = set()
    for path in files():
        if path.parts[0] == "include" and path.suffix == ".h":
            text = re.sub(r"/\*.*?\*/", "", (ROOT / path).read_text(), flags=re.S)
            text = re.sub(r"^\s*#.*", "", text, flags=re.M)  # GOC_API's own definition
            names.update(DECLARATION.findall(text))
    return names


if __name__ == "__main__":
    main()
