"""Reads the public headers of C++: the head comment of goconc.hpp, and the declarations of its parts
without their bodies.

A comment with three strokes belongs to the declaration behind it. Left out are the namespace detail and
what is private; a class within a class is only named.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

import c_header

# The headers that goconc.hpp consists of, in the order of the page; what is before the first divider are
# the errors.
PARTS = ["error.hpp", "goroutine.hpp", "channel.hpp", "select.hpp", "time.hpp", "sync.hpp",
         "context.hpp", "group.hpp", "io.hpp"]
DIVIDER = re.compile(r"// --- (.*?) -{3,}\n")
CLASS = re.compile(r"(?:template <[^{;]*?>\s*)?(class|struct) (\w+)")


@dataclass
class Declaration:
    text: str      # without its body
    comment: str   # as prose
    name: str = ""
    members: list = field(default_factory=list)  # of a class


@dataclass
class Section:
    title: str
    declarations: list


@dataclass
class Header:
    name: str
    purpose: str
    head: list
    sections: list


def read(path):
    source = Path(path).read_text(encoding="utf-8")
    comment = re.match(r"(?://[^\n]*\n)+", source)[0]
    title, *rest = [re.sub(r"^// ?", "", line) for line in comment.splitlines()]
    purpose, text = c_header.first_sentence(title.removeprefix("goconc/goconc.hpp: "), rest)
    body = "".join(_body((Path(path).parent / part).read_text(encoding="utf-8")) for part in PARTS)
    return Header("goconc.hpp", purpose, text, _sections(body))


def _body(source):
    start = source.index("namespace goconc {") + len("namespace goconc {")
    return source[start:source.rindex("}  // namespace goconc")]


def names(header):
    """What a reader may ask for, once each."""
    return list(dict.fromkeys(d.name for s in header.sections for d in s.declarations))


def _sections(body):
    parts = [re.sub(r"(?<!/)//(?!/)[^\n]*", "", part) for part in DIVIDER.split(body)]
    sections = [Section("Errors", _declarations(parts[0]))]
    sections += [Section(title, _declarations(text)) for title, text in zip(parts[1::2], parts[2::2])]
    return sections


def _declarations(source):
    found, comment, public, position = [], [], True, 0
    while position < len(source):
        line = re.compile(r"[ \t]*(\S[^\n]*)?\n?").match(source, position)
        text = (line[1] or "").strip()
        if not text or text.startswith("///") or text in ("public:", "private:"):
            if text.startswith("///"):
                comment.append(text[3:].strip())
            elif text:
                public = text == "public:"
            position = line.end() if line.end() > position else len(source)
            continue
        declaration, inside, position = _one(source, position)
        if public and not declaration.startswith(("static_assert", "namespace detail")):
            found.append(_declaration(declaration, inside, " ".join(comment)))
        comment = []
    return found


def _declaration(text, inside, comment):
    comment = comment.replace("@return ", "Returns ").replace("@throws ", "Throws ")
    comment = re.sub(r"@param (\w+) ", r"`\1`: ", comment)
    a_class = CLASS.fullmatch(re.sub(r" : public .*", "", text))
    if a_class:
        return Declaration(text, comment, a_class[2], _declarations(inside))
    name = re.search(r"(~?\w+|operator\S+)\(", re.sub(r"decltype\([^)]*\)", "", text))
    return Declaration(text, comment, name[1] if name else "")


def _one(source, start):
    """The declaration at start without its body, what stands in the body, and where the next one begins."""
    round_, position = 0, start
    while round_ or source[position] not in ";{":
        round_ += {"(": 1, ")": -1}.get(source[position], 0)
        position += 1
    end, inside = position, ""
    if source[position] == "{":
        depth = 0
        while True:
            depth += {"{": 1, "}": -1}.get(source[position], 0)
            position += 1
            if depth == 0:
                break
        inside = source[end + 1:position - 1] + "\n"
    position += source[position:position + 1] == ";"
    text = " ".join(source[start:end].split()).removeprefix("inline ")
    if not CLASS.match(text):
        text = re.split(r" : (?=\w+\()", text)[0]
    return text, inside, position
