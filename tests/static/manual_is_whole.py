#!/usr/bin/env python3
"""Checks the manual that pkg/man/make_pages has written: nothing is missing, nothing is set wrongly.

Each symbol of goconc.map and each public header has a page, what the comments of the headers say stands in
it, and mandoc and groff have nothing to say against it.
"""
import argparse
import re
import subprocess
from pathlib import Path

from exports_match_map import functions_in_map
from repository import ROOT, fail_on

HEADERS = ROOT / "include/goconc"
FORWARD = re.compile(r"\.so (man3/goconc_\w+\.3)\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manual", type=Path, help="the folder with man3/ and man7/")
    manual = parser.parse_args().manual
    pages = {path: path.read_text() for path in sorted(manual.glob("man?/*"))}
    whole = {path: plain(path) for path, text in pages.items() if not FORWARD.fullmatch(text)}
    problems = [*missing_names(manual, pages), *missing_text(manual, whole)]
    for path in whole:
        problems += complaints(path)
    if (manual / "man7/goconc.7") not in whole:
        problems.append("the overview goconc(7) is missing")
    fail_on(problems, f"{len(whole)} pages and {len(pages) - len(whole)} names that lead to them")


def missing_names(manual, pages):
    """What has no page that names it and shows how it is called."""
    for name in sorted(functions_in_map()):
        forward = FORWARD.fullmatch(pages.get(manual / f"man3/{name}.3", ""))
        page = pages.get(manual / forward[1]) if forward else None
        if page is None:
            yield f"{name}: there is no page {name}(3), or it leads nowhere"
        elif not re.search(rf"\.SH NAME\n.*\b{name}\b", page) or f"{name}(\\fP" not in page:
            yield f"{name}: its page does not have it in NAME and SYNOPSIS"


def missing_text(manual, whole):
    """What a header's comments say and its page does not."""
    for header in sorted(HEADERS.glob("*.h*")):
        if header.name == "goconc.h":
            continue  # that is the overview
        page = manual / ("man3/goconc_cpp.3" if header.suffix == ".hpp" else f"man3/goconc_{header.stem}.3")
        if page not in whole:
            yield f"{header.name}: there is no page {page.name}"
            continue
        said = " ".join(words(whole[page]))
        for text in commented(header.read_text()):
            if " ".join(words(text)) not in said:
                yield f"{header.name}: the page does not say: {' '.join(text.split())}"


def commented(source):
    """The texts of the comments that are the manual, taken apart at their tags."""
    source = re.sub(r"namespace detail \{.*?\}  // namespace detail", "", source, flags=re.S)
    comments = re.findall(r"/\*\*<?(?!/)(.*?)\*/", source, re.S)
    comments += re.findall(r"((?:^ *///.*\n)+)", source, re.M)
    for comment in comments:
        text = re.sub(r"^ *(///|\*(?!\w))", "", comment, flags=re.M)
        yield from re.split(r"@(?:param \w+|return|throws)|\n\s*\n", text)


def words(text):
    """A page refers to others as name(3), where a comment has name() or the header."""
    text = re.sub(r"\((?:3|7)\)", "", text)
    return re.findall(r"\w+", re.sub(r"\b(\w+)\.h\b", r"goconc_\1", text))


def plain(path):
    shown = run("mandoc", "-T", "ascii", "-O", "width=1000", str(path)).stdout
    return re.sub(r".\x08", "", shown)


def complaints(path):
    """A missing date is none: a page has one only if SOURCE_DATE_EPOCH said it."""
    for tool in (["mandoc", "-T", "lint", "-W", "warning"], ["groff", "-t", "-man", "-Tutf8", "-ww", "-z"]):
        result = run(*tool, str(path))
        for line in (result.stdout + result.stderr).splitlines():
            if "missing date" not in line:
                yield f"{path.name}: {line}"


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


if __name__ == "__main__":
    main()
