"""Strings and links as they leave the room: plain text, one Unicode form, http addresses, bounded."""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import urljoin, urlsplit

TITLE, NAME, SUMMARY, ADDRESS = 1_000, 200, 5_000, 2_048
"""Characters kept of a title, of a name or tag, of a summary; longest address."""

MARKUP = 200_000
"""Characters of markup looked at for a summary."""

_UNSEEN = re.compile(r"(?is)<(script|style)\b[^>]{0,2000}>.*?</\1\s{0,10}>|<!--.*?-->|<!\[CDATA\[|\]\]>")
_BLOCK = re.compile(r"(?i)</?(?:p|div|br|li|ul|ol|h[1-6]|tr|td|th|table|blockquote|figure|figcaption)\b[^<>]{0,2000}>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,20000}>|<[!?][A-Za-z][^<>]{0,2000}>")
_ENTITY = re.compile(r"&(?:#\d{1,8}|#[xX][0-9a-fA-F]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff\ufeff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,3}")


def plain(markup: str | None, longest: int = TITLE) -> str | None:
    """Text without markup, entities decoded, spaces collapsed, in NFC; None when nothing is left.

    Markup is removed before entities are decoded, so "&lt;b&gt;" stays visible as "<b>".
    """
    text = (markup or "")[:MARKUP]
    if "<" in text:
        text = _TAG.sub("", _BLOCK.sub(" ", _UNSEEN.sub(" ", text)))
    text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
    return tidy(text, longest)


def tidy(text: str | None, longest: int = NAME) -> str | None:
    """A string safe to store: no control characters or lone surrogates, NFC, spaces collapsed, cut to `longest`."""
    cleaned = " ".join(_NOT_TEXT.sub("", (text or "")[: 4 * MARKUP]).split())
    return unicodedata.normalize("NFC", cleaned)[:longest].strip() or None


def link(raw: str | None, base: str = "") -> str | None:
    """An absolute http(s) address, resolved against `base`; None for anything else or one too long."""
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


def language(raw: str | None) -> str | None:
    """A language tag in lower case ("en-gb"), or None when it is none."""
    text = (raw or "").strip()
    return text.lower().replace("_", "-") if _LANGUAGE.fullmatch(text) else None


def names(raw: list[str | None], longest: int = NAME, most: int = 50) -> tuple[str, ...]:
    """Names or tags: plain, each once, in order, at most `most`."""
    tidied = (plain(name, longest) for name in raw)
    return tuple(dict.fromkeys(name for name in tidied if name))[:most]
