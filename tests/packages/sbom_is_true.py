#!/usr/bin/env python3
"""Checks that a bill of materials tells the truth about a folder of packages."""
import argparse
import hashlib
import json
import re
from pathlib import Path

# What names a package in its ecosystem must have been recognised.
PACKAGES = re.compile(r".*\.(deb|rpm|gem|nupkg)$|goconc-[^/]*\.tar\.gz$|.*/goconc-[\d.]+\.jar$")
LISTS = {"CONTENTS", "SHA256SUMS"}
SUMS = {".md5", ".sha1", ".sha256", ".sha512"}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bom", type=Path, help="goconc-VERSION.cdx.json")
    parser.add_argument("out", type=Path, help="the folder that it describes")
    arguments = parser.parse_args()
    bom = json.loads(arguments.bom.read_text())
    problems = [*wrong_head(bom, arguments.bom.name), *wrong_files(bom, arguments.out), *wrong_links(bom)]
    print("\n".join(problems) or f"{arguments.bom.name}: {len(bom['components'])} components")
    raise SystemExit(1 if problems else 0)


def wrong_head(bom, name):
    component = bom["metadata"]["component"]
    if (bom["bomFormat"], bom["specVersion"]) != ("CycloneDX", "1.5"):
        yield "it is not CycloneDX 1.5"
    if f"{component['name']}-{component['version']}.cdx.json" != name:
        yield f"it is about {component['name']} {component['version']}"
    if component["licenses"] != [{"license": {"id": "Apache-2.0"}}]:
        yield "goconc's licence is missing"


def wrong_files(bom, out):
    listed = {each["name"]: each for each in bom["components"] if each["type"] == "file"}
    there = {str(path.relative_to(out)): path for path in out.rglob("*") if path.is_file()}
    there = {name: path for name, path in there.items()
             if not (name in LISTS or path.suffix in SUMS or name.endswith(".cdx.json"))}
    yield from (f"{name}: listed, but not there" for name in sorted(listed.keys() - there.keys()))
    yield from (f"{name}: there, but not listed" for name in sorted(there.keys() - listed.keys()))
    for name in sorted(listed.keys() & there.keys()):
        sums = {each["alg"]: each["content"] for each in listed[name]["hashes"]}
        if sums.get("SHA-256") != hashlib.sha256(there[name].read_bytes()).hexdigest():
            yield f"{name}: its SHA-256 is another"
        if PACKAGES.match(name) and not name.endswith(".src.rpm") and "purl" not in listed[name]:
            yield f"{name}: has no package URL"


def wrong_links(bom):
    known = {"goconc"} | {each["bom-ref"] for each in bom["components"]}
    needs = {each["ref"]: set(each["dependsOn"]) for each in bom["dependencies"]}
    yield from (f"{ref}: its dependencies are not told" for ref in sorted(known - needs.keys()))
    yield from (f"{ref}: is needed, but unknown" for ref in sorted(set().union(*needs.values()) - known))
    if not {"libc.so.6", "libstdc++.so.6"} <= needs["goconc"]:
        yield "goconc does not need the runtime libraries of C and C++"
    for each in bom["components"]:
        if each.get("purl", "").startswith("pkg:nuget/Goconc@"):
            if not any("Microsoft.Bcl.AsyncInterfaces" in ref for ref in needs[each["bom-ref"]]):
                yield f"{each['name']}: does not need Microsoft.Bcl.AsyncInterfaces"


if __name__ == "__main__":
    main()
