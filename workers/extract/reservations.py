"""What a page reserves in its own meta elements against machines that learn: recorded, not judged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from lxml.html import HtmlElement

METAS = 500
"""Meta elements looked at; real pages have under 200."""
POLICY_CHARS = 500
WORDS = ("noai", "noimageai")


def reserved(tree: HtmlElement, agent: str = "newsdesk") -> tuple[str, ...]:
    """The reservations of a page, each one word and where it stands: "noai (page)".

    Read from the meta elements "robots" and `agent` (noai, noimageai), also where they are written
    as http-equiv, and from "tdm-reservation" and "tdm-policy" (W3C TDMRep, final report of
    2024-05-10); a policy counts only where mining is reserved.
    """
    metas = tuple(islice(_metas(tree), METAS))
    said = {
        word.strip()
        for name, content in metas
        if name in ("robots", "x-robots-tag", agent.lower())
        for word in content.lower().split(",")
    }
    found = [f"{word} (page)" for word in WORDS if word in said]
    if ("tdm-reservation", "1") in metas:
        found.append("tdm-reserved (page)")
        found += [f"tdm-policy={url} (page)" for url in _policies(metas)]
    return tuple(found)


def _metas(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    for meta in tree.iter("meta"):
        name = meta.get("name") or meta.get("http-equiv") or ""
        yield name.strip().lower(), (meta.get("content") or "").strip()


def _policies(metas: tuple[tuple[str, str], ...]) -> Iterator[str]:
    """The first address of a policy, if one can be asked for."""
    urls = (content for name, content in metas if name == "tdm-policy")
    usable = (url for url in urls if url.startswith(("https://", "http://")) and len(url) <= POLICY_CHARS)
    yield from islice((url for url in usable if url.isprintable()), 1)
