"""Reads a public header of C: its head comment, and each thing that has a comment of its own.

The head comment opens with "goconc/<file>: <purpose>". A comment with two stars belongs to what follows
it: a function, a type, or the #defines up to the next empty line. What has no comment is not public.
"""
import re
from dataclasses import dataclass, field
from pathlib import Path

COMMENT = re.compile(r"/\*(?P<stars>\*?)(?!<)(?P<text>.*?)\*/", re.S)
DIVIDER = re.compile(r"\s*-{3,} (?P<title>\w+): (?P<text>.*?) -{3,}\s*", re.S)
FUNCTION = re.compile(r"GOC_API\s+(?P<type>[^;()]*?[\s*])(?P<name>\w+)\((?P<parameters>[^;]*)\);")
STRUCT = re.compile(r"typedef struct (?P<name>\w+) \{\n(?P<body>.*?)\n\} \w+;", re.S)
ENUM = re.compile(r"typedef enum (?P<name>\w+) \{(?P<body>.*?)\} \w+;", re.S)
TYPEDEF = re.compile(r"typedef (?P<text>[^{};]*?(?P<name>\w+)(?:\)\([^;]*\))?);")
DEFINE = re.compile(r"#define (?P<name>\w+)[ \t]+(?P<value>[^\n]*?)[ \t]*(?:/\*\*<(?P<text>.*?)\*/)?\n", re.S)
FIELD = re.compile(r"(?P<decl>[^;]+?);\s*(?:/\*\*<(?P<text>.*?)\*/)?", re.S)
TABLE_ROW = re.compile(r'GOC_ERROR\((\w+), (-?\d+), "([^"]*)"\)')
TAG = re.compile(r"\s*@(param (?P<name>\w+)|return)\s+")


@dataclass
class Comment:
    """The comment of a function: its text, its parameters, what it returns."""
    text: list
    params: list = field(default_factory=list)  # of (name, text)
    returns: str = ""


@dataclass
class Item:
    """Something public. kind: function, struct, enum, typedef, constants, or divider."""
    kind: str
    comment: Comment
    names: list
    declaration: str = ""
    parameters: list = field(default_factory=list)  # of a function, as declared
    members: list = field(default_factory=list)     # of a struct or group: (declaration, text)


@dataclass
class Header:
    name: str     # channel.h
    purpose: str  # what it is for, without a full stop
    head: list    # lines of the head comment below the first sentence
    items: list


def read(path):
    source = Path(path).read_text(encoding="utf-8")
    head = COMMENT.match(source)
    title, *rest = _lines(head["text"] if head else "")
    opening = re.match(r"goconc/(?P<name>[\w.]+): ", title)
    if not opening:
        raise ValueError(f"{path}: the file does not open with '/* goconc/{path.name}: what it is for'")
    purpose, text = first_sentence(title[opening.end():], rest)
    return Header(opening["name"], purpose, text, list(_items(source[head.end():], path)))


def first_sentence(title, rest):
    """The purpose of a file, and what its head comment says beyond."""
    purpose, _, more = title.partition(". ")
    while not purpose.endswith(".") and not more and rest and rest[0]:
        purpose += " " + rest.pop(0)
        purpose, _, more = purpose.partition(". ")
    return purpose.rstrip("."), ([more] if more else []) + rest


def _lines(text):
    """The lines of a comment without its frame."""
    return [re.sub(r"^ ?\*(?: |$)", "", line).rstrip() for line in text.strip().split("\n")]


def _items(source, path):
    for found in COMMENT.finditer(source):
        divider = DIVIDER.fullmatch(found["text"])
        if divider:
            yield Item("divider", Comment([divider["text"].capitalize() + "."]), [divider["title"]])
        elif found["stars"]:
            yield _item(comment(_lines(found["text"])), source[found.end():].lstrip(), path)


def _item(comment_, source, path):
    function = FUNCTION.match(source)
    if function:
        parameters = [" ".join(p.split()) for p in _split_at_commas(function["parameters"])]
        return Item("function", comment_, [function["name"]], function["type"], parameters)
    struct = STRUCT.match(source)
    if struct:
        return Item("struct", comment_, [struct["name"]], members=list(_members(struct["body"])))
    enum = ENUM.match(source)
    if enum:
        return Item("enum", comment_, [enum["name"]], members=_table_of(enum["body"], path))
    group = re.split(r"\n[ \t]*\n|\n/\*", source, maxsplit=1)[0] + "\n"
    typedefs = list(TYPEDEF.finditer(group))
    if group.startswith("typedef") and typedefs:
        return Item("typedef", comment_, [t["name"] for t in typedefs],
                    members=[(t["text"], "") for t in typedefs])
    defines = list(DEFINE.finditer(group))
    if group.startswith("#define") and defines:
        return Item("constants", comment_, [d["name"] for d in defines],
                    members=[(f"{d['name']} {d['value']}", _text(d["text"])) for d in defines])
    raise ValueError(f"{path}: a comment belongs to nothing that is known: {comment_.text[0]}")


def comment(lines):
    """Takes the tags out of a comment."""
    text = "\n".join(re.sub("^ ", "", line) for line in lines)
    parts = TAG.split(text)
    result = Comment(parts[0].split("\n"))
    for kind, name, body in zip(parts[1::3], parts[2::3], parts[3::3]):
        if kind == "return":
            result.returns = _text(body)
        else:
            result.params.append((name, _text(body)))
    return result


def _text(text):
    return " ".join(re.sub(r"\n\s*\*\s", " ", text or "").split())


def _members(body):
    for member in FIELD.finditer(body):
        yield " ".join(member["decl"].split()), _text(member["text"])


def _table_of(body, path):
    """The rows of the table that an enum includes."""
    table = path.parent / re.search(r"#include <goconc/([\w.]+)>", body)[1]
    return [tuple(row) for row in TABLE_ROW.findall(table.read_text(encoding="utf-8"))]


def _split_at_commas(text):
    return re.split(r",\s*(?![^(]*\))", text)
