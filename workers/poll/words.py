"""Strings and links as they leave the room: plain text, one Unicode form, http addresses, bounded."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import repeat
from urllib.parse import urljoin, urlsplit

TITLE, NAME, SUMMARY, ADDRESS = 1_000, 200, 2_000, 2_048
"""Characters kept of a title, of a name or tag, of a summary; longest address."""

MARKUP = 200_000
"""Characters of markup looked at for a summary."""

SPARE = 100
"""Characters read beyond what is kept, so that where the reading stopped cannot be seen."""

BLOCKS = (
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    *(f"h{level}" for level in range(1, 7)),
    "tr",
    "td",
    "th",
    "table",
    "blockquote",
    "figure",
    "figcaption",
)
"""Elements that end a line, so that the words on both sides of them stay apart."""

_OPENING = re.compile(r"(?i)<(?:(script|style)\b[^>]{0,2000}>|!--)")
_CLOSING = {
    "script": re.compile(r"(?i)</script\s{0,10}>"),
    "style": re.compile(r"(?i)</style\s{0,10}>"),
    "": re.compile("-->"),
}
_UNCLOSED = re.compile(r"(?i)<script|<style|<!--")
_HIDES = re.compile(r"<(?:[sS][cCtT][rRyY]|!)")
"""Where a script, a style or a comment may begin; quicker than to look for them."""
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]{0,20})[^<>]*+>|<[!?][A-Za-z][^<>]*+>")
_ENTITY = re.compile(r"&(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\ufeff]")
WINDOWS_1252 = {code: bytes([code]).decode("cp1252", "ignore") or None for code in range(0x80, 0xA0)}
"""What stands in Latin-1 and Unicode where those who write it mean Windows-1252, as browsers read it."""
_ABSOLUTE = re.compile(r"https?://[A-Za-z0-9][A-Za-z0-9.-]*+(?::\d{1,5})?(?:/|[/?#][!-~]*[!-\"$->@-~])?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")


_GAPS = {written: " " for name in BLOCKS for written in (name, name.upper(), name.capitalize())}
"""What takes the place of a tag, by its name; nothing for the rest."""


def plain(markup: str | None, longest: int = TITLE) -> str | None:
    """Text without markup, entities decoded, spaces collapsed, in NFC; None when nothing is left.

    Markup is removed before entities are decoded, so "&lt;b&gt;" stays visible as "<b>". Of long markup
    as much is read as gives `longest` characters, at most `MARKUP`.
    """
    if not markup:
        return None
    text = markup[:MARKUP]
    enough = 2 * longest
    while len(text) > enough:
        found = tidy(_unmarked(_beginning(text[:enough]))[: longest + longest // 4 + SPARE], longest + SPARE)
        if found and len(found) > longest + SPARE // 2:
            return found[:longest].strip() or None
        enough = max(enough * 3 // 2, min(enough * 4, enough * longest * 3 // (2 * len(found or "-"))))
    return tidy(_unmarked(text), longest)


def tidy(text: str | None, longest: int = NAME) -> str | None:
    """A string safe to store: no control characters or lone surrogates, NFC, spaces collapsed, cut to `longest`.

    C1 control characters become what they are in Windows-1252.
    """
    if not text:
        return None
    if len(text) <= longest and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip() or None
    text = text[: 4 * MARKUP]
    if not text.isascii() and "\x85" in text:  # white space to str.split, an ellipsis to those who wrote it
        text = text.translate(WINDOWS_1252)
    cleaned = " ".join(text.split())
    if not cleaned.isprintable() and _NOT_TEXT.search(cleaned):
        cleaned = " ".join(_NOT_TEXT.sub("", cleaned.translate(WINDOWS_1252)).split())
    if not cleaned.isascii():
        cleaned = unicodedata.normalize("NFC", cleaned)
    return cleaned[:longest].strip() or None


def link(raw: str | None, base: str = "") -> str | None:
    """An absolute http(s) address, resolved against `base`; None for anything else or one too long."""
    if raw and len(raw) <= ADDRESS and is_address(raw):
        return raw
    text = tidy(html.unescape(raw or "") if raw and "&amp;" in raw else raw, 2 * ADDRESS)
    if text is None:
        return None
    try:
        address = urljoin(base, text) if base else text
        split = urlsplit(address)
    except ValueError:
        return None
    if split.scheme.lower() not in ("http", "https") or not split.hostname or len(address) > ADDRESS:
        return None
    return address.replace(" ", "%20")


def is_address(text: str) -> bool:
    """Whether it is an absolute web address in plain ASCII, which resolving would leave as it is."""
    return _ABSOLUTE.fullmatch(text) is not None and ";" not in text and "?#" not in text


def language(raw: str | None) -> str | None:
    """A language tag in lower case ("en-gb"), or None when it is none."""
    text = (raw or "").strip()
    return text.lower().replace("_", "-") if _LANGUAGE.fullmatch(text) else None


def names(raw: Iterable[str | None], longest: int = NAME, most: int = 50) -> tuple[str, ...]:
    """Names or tags: plain, each once, in order, at most `most`."""
    tidied = (plain(name, longest) for name in raw)
    return tuple(dict.fromkeys(name for name in tidied if name))[:most]


def _beginning(markup: str) -> str:
    """The markup up to where no tag, entity or word is cut in two, and nothing hidden is cut open."""
    if _HIDES.search(markup):
        markup = _visible(markup)
        if unclosed := _UNCLOSED.search(markup):
            markup = markup[: unclosed.start()]
    opened, closed = markup.rfind("<"), markup.rfind(">")
    return markup[: opened if opened > closed else max(0, markup.rfind(" ", max(0, closed)))]


def _visible(markup: str) -> str:
    """Without scripts, styles and comments, in linear time: what is never closed is looked for once."""
    pieces, at, endless = [], 0, set()
    found = _OPENING.search(markup)
    while found:
        name = (found[1] or "").lower()
        end = None if name in endless else _CLOSING[name].search(markup, found.end())
        if end:
            pieces.append(markup[at : found.start()])
            at = end.end()
        else:
            endless.add(name)
        found = _OPENING.search(markup, end.end() if end else found.end())
    pieces.append(markup[at:])
    return " ".join(pieces).replace("<![CDATA[", " ").replace("]]>", " ")


def _unmarked(markup: str) -> str:
    text = _untagged(markup) if "<" in markup or "]]>" in markup else markup
    return _ENTITY.sub(_character, text) if "&" in text else text


def _untagged(markup: str) -> str:
    if _HIDES.search(markup) or "]]>" in markup:
        markup = _visible(markup)
    pieces = _TAG.split(markup)
    pieces[1::2] = map(_GAPS.get, pieces[1::2], repeat(""))
    return "".join(pieces)


def _character(found: re.Match[str]) -> str:
    return _named(found.group())


@lru_cache(maxsize=1_024)
def _named(entity: str) -> str:
    return html.unescape(entity)
