#!/usr/bin/env python3
"""Checks that every C and C++ file is laid out as .clang-format says."""
import argparse
import subprocess

from repository import ROOT, fail_on, files

FOLDERS = {"include", "src", "bindings", "tests", "examples"}
SUFFIXES = {".c", ".cc", ".cpp", ".h", ".hpp"}


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    sources = [str(path) for path in files()
               if path.parts[0] in FOLDERS and path.suffix in SUFFIXES]
    command = ["clang-format", "--dry-run", "-Werror", "--", *sources]
    formatted = sources and subprocess.run(command, cwd=ROOT).returncode == 0
    fail_on([] if formatted else ["run: clang-format -i on the files above"],
            f"{len(sources)} files are formatted")


if __name__ == "__main__":
    main()
