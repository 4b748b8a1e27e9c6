#!/usr/bin/env python3
"""Checks that nothing but the agreed folders and files stands at the top of the repository."""
import argparse

from repository import fail_on, files

FOLDERS = {"include", "src", "bindings", "tests", "examples", "pkg"}
FILES = {"CMakeLists.txt", "CMakePresets.json", "README.md", "LICENSE", "CHANGELOG.md",
         "CONTRIBUTING.md"}


def main():
    argparse.ArgumentParser(description=__doc__).parse_args()
    folders = {path.parts[0] for path in files() if len(path.parts) > 1}
    top_files = {path.parts[0] for path in files() if len(path.parts) == 1}
    strangers = sorted(folders - FOLDERS) + sorted(top_files - FILES)
    fail_on([f"{name}: does not belong at the top level" for name in strangers
             if not name.startswith(".")],
            f"{len(folders)} folders and {len(top_files)} files at the top level")


if __name__ == "__main__":
    main()
