"""Text of comments and of Markdown, as man(7) has it.

Paragraphs, lists (1. or -), terms with an explanation, tables with |, code that is indented or fenced;
`code`, **bold**, [links](to). A page refers to other pages: what stands in `pages`, a name of C or a
header, gets the section's number behind it.
"""
import re

SPECIAL = {"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", '"': "\\(dq"}
WIDTH = 70  # what is left of 80 columns in an indented section
GAP = 3     # tbl's, between two columns

BULLET = re.compile(r"\s*(-|\d+\.)\s+(\S.*)")
TERM = re.compile(r"\s+(\S+) {2,}(\S.*)")
INLINE = re.compile(
    r"(?P<code>`[^`]+`)|\*\*(?P<bold>[^*]+)\*\*|\[(?P<label>[^\]]+)\]\((?P<target>[^)]+)\)"
    r"|(?P<call>\bgoc_\w+)\(\)|(?P<header>(?<![\w/])\w+\.(?:h|hpp|def)\b)|(?P<constant>\bGOC\w*_\w*[A-Z0-9])"
    r"|(?P<name>\bgoc_\w*\w)|(?<![\w\)])\*(?P<variable>[a-z]\w*)")


def code(text):
    """Text in which every character is what it seems."""
    return "".join(SPECIAL.get(c, c if c.isascii() else f"\\[u{ord(c):04X}]") for c in text)


def _prose(text):
    text = re.sub(r"[\\`^~\"]|(?<![A-Za-z])-|-(?![A-Za-z])", lambda c: SPECIAL[c[0]], text)
    return "".join(c if c.isascii() else f"\\[u{ord(c):04X}]" for c in text)


def bold(text):
    return f"\\fB{code(text)}\\fP"


def italic(text):
    return f"\\fI{code(text)}\\fP"


def inline(text, pages):
    """A paragraph's text with its names set in bold and its references made to other pages."""
    out, end = [], 0
    for found in INLINE.finditer(text):
        out += [_prose(text[end:found.start()]), _marked(found, pages)]
        end = found.end()
    return "".join(out + [_prose(text[end:])])


def _marked(found, pages):
    kind = found.lastgroup
    if kind == "target":
        label, target = found["label"], found["target"]
        if "://" in target:
            return f"{_prose(label)} ({code(target)})"
        kind, word = "header", label
    else:
        word = found[kind]
    if kind == "code":
        return bold(word[1:-1])
    if kind == "variable":
        return "*" + italic(word)
    if kind == "header" and word not in pages:
        return italic(word)
    if kind == "call" and word not in pages:
        return bold(word) + "()"
    if kind in ("header", "call"):
        name, section = pages[word]
        return f"{bold(name)}({section})"
    return bold(word)


def lines(text):
    """Running text as roff wants it: a sentence to a line, and no line that looks like a request."""
    sentences = re.split(r"(?<=[.!?:;])\s+(?=[A-Z\\])", " ".join(text.split()))
    return [re.sub(r"^(?=[.'])", r"\\&", sentence) for sentence in sentences]


def verbatim(text_lines):
    """Code, as it stands."""
    return [".PP", ".nf", *(re.sub(r"^(?=[.'])", r"\\&", code(line)) for line in text_lines), ".fi"]


def blocks(text_lines, pages):
    """Comment or Markdown lines as roff lines."""
    out = []
    for kind, block in _split(text_lines):
        out += _BLOCKS[kind](block, pages)
    return out


def _split(text_lines):
    """Pairs of a kind of block and its lines."""
    block, kind, fenced = [], None, False
    for line in [*text_lines, ""]:
        if line.startswith("```"):
            if block:
                yield kind, block
            fenced = not fenced
            block, kind = [], "code" if fenced else None
            continue
        new = kind if fenced else _kind_of(line, kind)
        if new != kind or new is None:
            if block:
                yield kind, block
            block = []
        kind = new
        if kind is not None:
            block.append(line)


def _kind_of(line, before):
    """What a line belongs to; a list or terms may follow a paragraph at once if they are indented."""
    indented = line.startswith(" ")
    if not line.strip():
        return None
    if line.startswith("|"):
        return "table"
    if BULLET.fullmatch(line) and (indented or before in ("list", None)):
        return "list"
    if indented and before in ("list", "terms"):
        return before
    if TERM.fullmatch(line):
        return "terms"
    if line.startswith("  ") and before in ("code", None):
        return "code"
    return "paragraph"


def _paragraph(block, pages):
    return [".PP", *lines(inline(" ".join(block), pages))]


def _code(block, _pages):
    margin = min(len(line) - len(line.lstrip()) for line in block if line.strip())
    return verbatim([line[margin:] for line in block])


def _items(block, pattern):
    """Pairs of a mark or term and the text behind it."""
    items = []
    for line in block:
        start = pattern.fullmatch(line)
        if start:
            items.append((start[1], [start[2]]))
        else:
            items[-1][1].append(line.strip())
    return [(mark, " ".join(texts)) for mark, texts in items]


def _list(block, pages):
    out = []
    for mark, text in _items(block, BULLET):
        out += [".IP \\(bu 3" if mark == "-" else f".IP {mark} 4", *lines(inline(text, pages))]
    return out


def _terms(block, pages):
    out = []
    for term, text in _items(block, TERM):
        out += [".TP", bold(term), *lines(inline(text, pages))]
    return out


def rows(block):
    """The cells of a table of Markdown. A row whose first cell is empty goes on with the one above."""
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block]
    if len(cells) < 3 or not all(re.fullmatch(r":?-+:?", cell) for cell in cells[1]):
        raise ValueError(f"a table needs a head and a line of dashes:\n{block[0]}")
    table = [cells[0]]
    for row in cells[2:]:
        if len(row) != len(table[0]):
            raise ValueError(f"{len(row)} cells in a table of {len(table[0])} columns: {row}")
        if row[0] or len(table) == 1:
            table.append(row)
        else:
            table[-1] = [f"{above} {more}".strip() for above, more in zip(table[-1], row)]
    return table


def _table(block, pages):
    return table(rows(block), pages)


def table(cells, pages):
    """A table for tbl; its widest columns share what room there is, and their text is filled."""
    widths = [max(len(row[i].replace("`", "")) for row in cells) for i in range(len(cells[0]))]
    room = WIDTH - GAP * (len(widths) - 1)
    share = _share(widths, room)
    wide = [width > share for width in widths]
    form = "  ".join(f"lw({share}n)" if is_wide else "l" for is_wide in wide)
    head = "  ".join("lb" + ("w(%dn)" % share if is_wide else "") for is_wide in wide)
    out = [".PP", ".TS", f"{head}", f"{form}."]
    for row in cells:
        out.append("\t".join(_cell(text, is_wide, pages) for text, is_wide in zip(row, wide)))
    return out + [".TE"]


def _cell(text, wide, pages):
    text = inline(text, pages)
    return f"T{{\n{text}\nT}}" if wide and text else text


def _share(widths, room):
    """The width above which a column must be filled, so that all of them fit into the room."""
    narrow = 0
    for i, width in enumerate(sorted(widths)):
        share = (room - narrow) // (len(widths) - i)
        if width > share:
            return share
        narrow += width
    return room


_BLOCKS = {"paragraph": _paragraph, "code": _code, "list": _list, "terms": _terms, "table": _table}
