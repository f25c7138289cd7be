"""Authors as feeds write them: Atom's persons, and RSS's e-mail addresses with a name beside them."""

from __future__ import annotations

import re

from lxml import etree

from workers.poll.elements import Unsure, canonical

AUTHOR = 500
"""Characters of an author's text; the pattern below is quadratic."""

_MAIL = re.compile(
    r"[a-zA-Z0-9_.+-]+@(?:\[[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.|(?:[a-zA-Z0-9-]+\.)+)(?:[a-zA-Z]{2,4}|[0-9]{1,3})\]?"
    r"(?:\?subject=\S+)?"
)
_PERSON = frozenset(("name", "email", "uri", "url", "homepage"))
_MORE = frozenset(("title", "link", "id", "guid", "author", "category", "summary", "content", "description", "updated"))


def person(element: etree._Element) -> tuple[str | None, str | None]:
    """Name and e-mail address of an Atom person."""
    found: dict[str, str] = {}
    if (element.text or "").strip():
        raise Unsure("text beside a person's name")
    for child in element:
        name = canonical(child)
        if len(child) or (child.tail or "").strip() or name in _MORE:
            raise Unsure("more than a person")
        if name in _PERSON:
            found[name] = (child.text or "").strip()
    return found.get("name"), found.get("email")


def without_mail(author: str | None) -> str | None:
    """The name beside an e-mail address, as in "ann@example.org (Ann Lee)"; None when there is nothing else."""
    mail = _MAIL.search(author) if author and "@" in author else None
    if not author or mail is None:
        return author
    for part in (mail.group(), "()", "<>", "&lt;&gt;"):
        author = author.replace(part, "")
    return author.strip().removeprefix("(").removesuffix(")").strip() or None
