"""Where things are: every state of the page is an address, and the text in the box is the whole question."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from workers.search.typed import with_filter


def search_href(text: str, *, sort: str | None = None, cursor: str | None = None) -> str:
    """The results for a typed text."""
    asked = {"q": text, "sort": sort, "cursor": cursor}
    return "/search?" + urlencode({name: value for name, value in asked.items() if value})


def filter_href(field: str, value: str) -> str:
    """Everything with that value in a facet's field, such as all articles of an author."""
    return search_href(with_filter("", field, value), sort="newest")


def article_href(id: str) -> str:  # noqa: A002 - the field's name everywhere in the model
    """One article."""
    return "/article/" + quote(id, safe="")


def feed_href(name: str) -> str:
    """One feed's health."""
    return "/feeds/" + quote(name, safe="")


def dead_href(feed: str) -> str:
    """What was set aside of one feed."""
    return "/dead?" + urlencode({"feed": feed})


def trace_href(url: str) -> str:
    """The journey of the article announced at an address."""
    return "/trace?" + urlencode({"url": url})
