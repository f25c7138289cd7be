"""Common damage to XML undone: bare ampersands, HTML's entities, impossible characters, scripts after the end."""

from __future__ import annotations

import re
from html.entities import name2codepoint

from workers.poll import armour

_CLOSING = (b"</rss>", b"</feed>", b"</rdf:RDF>")
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_AMPERSAND = re.compile(
    rb"<!\[CDATA\[.*?\]\]>|&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,8}|#x[0-9a-fA-F]{1,6});)(?:([A-Za-z]{2,8}[0-9]{0,2});)?",
    re.DOTALL,
)


def mended(body: bytes) -> bytes | None:
    """The document with that damage undone; None when it has none of it, or is damaged worse.

    The entities of HTML 4 become their characters; any other becomes text that reads so.
    """
    whole = _ended(armour.possible(body))
    if whole.rfind(_CDATA) > whole.rfind(_CDATA_END):
        return None  # cut inside a text: where it ends is a guess
    whole = _AMPERSAND.sub(_escaped, whole)
    return whole if whole != body else None


def _ended(body: bytes) -> bytes:
    end = max(body.rfind(tag) + len(tag) if tag in body else 0 for tag in _CLOSING)
    after = body[end:]
    return body if not end or b"<item" in after or b"<entry" in after else body[:end]


def _escaped(found: re.Match[bytes]) -> bytes:
    if not found.group().startswith(b"&"):
        return found.group()
    code = name2codepoint.get(found[1].decode()) if found[1] else None
    return b"&#%d;" % code if code else b"&amp;" + found.group()[1:]
