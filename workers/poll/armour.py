"""Bytes of a feed made safe for the parser: no bombs, no known crash, linear time."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

UNPACKED = 50_000_000
"""Bytes a gzipped document may unpack to; the sitemap protocol allows 50 MB."""

ITEMS = 5_000
"""Items read of one document: 245 µs each in feedparser; news feeds carry at most 1,000."""

DEPTH = 250
"""Elements inside each other; real feeds stay under 20."""

SURPLUS = f"More than {ITEMS} items; the first {ITEMS} were read."

RUN, TAG, PROLOGUE, ENTITIES = 500, 8_000, 20_000, 300
"""Bytes of one word or run of white space, of one tag, of all before the first element; entities declared."""

WORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.+-"
"""What feedparser's e-mail pattern takes for part of a name."""

_GZIP = b"\x1f\x8b"
_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,2000}\?>")
_FIRST_ELEMENT = re.compile(rb"<\w")
_DOCTYPE = re.compile(rb"<!DOCTYPE[^<>\[]{0,2000}", re.IGNORECASE)
_SAFE_ENTITY = re.compile(rb"<!ENTITY\s{1,9}(\w{1,40})\s{1,9}([\"'])(&#\w{1,8};|[^&\"'<>]{0,100})\2\s{0,9}>")
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,40})|([0-9]{1,40}));?")
_ITEM = re.compile(rb"<(?:\w{1,20}:)?(?:item|entry)[\s>/]", re.IGNORECASE)
_LONG_WORD = re.compile(rb"(?<![\w.+-])([\w.+-]{%d})[\w.+-]+" % RUN)
_LONG_SPACE = re.compile(rb"(?<!\s)\s{%d,}" % RUN)
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{%d,}>?" % TAG)
_STORM = re.compile(
    rb"(?:<[A-Za-z][^<>/]{0,200}>\s{0,50}){%(n)d,}|(?:</[A-Za-z][^<>]{0,200}>\s{0,50}){%(n)d,}|(?:<[^<>]{0,200}(?=<)){%(n)d,}"
    % {b"n": DEPTH}
)
_SHAPE = bytes.maketrans(
    bytes(range(256)),
    bytes(
        ord(" " if c in b" \t\n\r\v\f" else chr(c) if c in b"<>/" else "w" if chr(c) in WORD else ".")
        for c in range(256)
    ),
)
_CONTROL = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0D))


def unpacked(body: bytes) -> tuple[bytes, str | None]:
    """The document inside a gzipped body, and what was wrong; other bodies as they are."""
    if not body.startswith(_GZIP):
        return body, None
    out, rest = bytearray(), body
    while rest.startswith(_GZIP):
        unpacker = zlib.decompressobj(31)
        try:
            out += unpacker.decompress(rest, UNPACKED + 1 - len(out))
        except zlib.error as error:
            return bytes(out), f"The gzip is broken: {error}."
        if len(out) > UNPACKED:
            return b"", f"The gzip unpacks to more than {UNPACKED} bytes; it was not read."
        if not unpacker.eof:
            return bytes(out), "The gzip ends too early."
        rest = unpacker.unused_data
    return bytes(out), None


def armoured(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The document without what would take the parser quadratic time or crash it, and what was done.

    Each bound answers a measured case: leading white space, entity declarations, tags with
    thousands of attributes, long runs of one word (an e-mail pattern), references to characters
    that do not exist, tens of thousands of items, deep nesting. An ordinary feed passes unchanged.
    """
    body = possible(body)
    if b"<rss:item" in body and b"xmlns:rss" not in body:
        body = body.replace(b"<rss:", b"<").replace(b"</rss:", b"</")
    problems = []
    for pattern, replacement, problem in _excesses(body):
        body, count = pattern.subn(replacement, body)
        problems += [problem] * bool(count)
    body, more = _first_items(body)
    return _with_plain_prologue(body), (*problems, *more)


def possible(body: bytes) -> bytes:
    """The document without characters, and references to characters, that XML cannot have."""
    return _REFERENCE.sub(_existing, body.translate(None, _CONTROL))


def head(body: bytes) -> bytes:
    """What stands before the first item, at most `PROLOGUE` bytes."""
    found = _ITEM.search(body, 0, PROLOGUE)
    return body[: found.start() if found else PROLOGUE]


def _excesses(body: bytes) -> Iterator[tuple[re.Pattern[bytes], bytes, str]]:
    """What to replace, with what, and how to say so.

    The document's shape, found at the speed of memory, says which of the slow patterns are needed.
    """
    shape = body.translate(_SHAPE)
    tags = shape.translate(None, b"w .")
    if b" " * RUN in shape:
        yield _LONG_SPACE, b"\n", f"More than {RUN} bytes of white space in a row were cut."
    yield _LONG_TAG, b"", f"A tag longer than {TAG} bytes was left out."
    if any(storm * DEPTH in tags for storm in (b"<>", b"</>", b"<", b"</")):
        yield _STORM, b"", f"More than {DEPTH} tags in a row that only open, or only close, were left out."
    if b"w" * RUN in shape:
        yield _LONG_WORD, rb"\1", f"A word longer than {RUN} bytes was cut."


def _existing(found: re.Match[bytes]) -> bytes:
    code = int(found[1], 16) if found[1] else int(found[2])
    real = code in (0x09, 0x0A, 0x0D) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    return found.group() if real else b""


def _first_items(body: bytes) -> tuple[bytes, tuple[str, ...]]:
    for number, found in enumerate(_ITEM.finditer(body)):
        if number == ITEMS:
            return body[: found.start()], (SURPLUS,)
    return body, ()


def _with_plain_prologue(body: bytes) -> bytes:
    """The document with its DOCTYPE rewritten to the entities that only name a character or a short word."""
    first = _FIRST_ELEMENT.search(body)
    prologue = body[: first.start()] if first else body
    if b"<!ENTITY" not in prologue and len(prologue) <= PROLOGUE:
        return body
    declaration = _DECLARATION.match(prologue)
    doctype = _DOCTYPE.search(prologue[:PROLOGUE])
    entities = [b'<!ENTITY %b "%b">' % (found[1], found[3]) for found in _SAFE_ENTITY.finditer(prologue)][:ENTITIES]
    declared = b"\n".join((b" [", *entities, b"]")) if entities else b""
    return b"".join(
        (
            declaration.group() if declaration else b"",
            b"\n" + doctype.group().strip() + declared + b">\n" if doctype else b"\n",
            body[len(prologue) :],
        )
    )
