#!/usr/bin/env python3
"""Checks that the repository holds text that people write: nothing binary, built or left over."""
import argparse

from repository import ROOT, fail_on, files

BUILT = {".a", ".class", ".d", ".dll", ".gch", ".gcda", ".gcno", ".jar", ".log", ".ninja", ".o",
         ".pyc", ".so"}
BUILT_NAMES = {"CMakeCache.txt", "cmake_install.cmake", "compile_commands.json", "build.ninja",
               "Makefile"}
LEFT_OVER = {".bak", ".orig", ".rej", ".swp", ".tmp"}


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    listed = files()
    fail_on([f"{path}: {reason}" for path in listed if (reason := wrong(path))],
            f"{len(listed)} files are written text")


def wrong(path):
    """Why the file does not belong; None if it does."""
    if path.suffix in BUILT or path.name in BUILT_NAMES or ".so." in path.name:
        return "is built, not written"
    if path.suffix in LEFT_OVER or path.name.endswith("~"):
        return "is left over by a tool"
    content = (ROOT / path).read_bytes()
    try:
        return "is binary" if "\0" in content.decode("utf-8") else None
    except UnicodeDecodeError:
        return "is not UTF-8 text"


if __name__ == "__main__":
    main()
