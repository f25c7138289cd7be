"""Nothing of what publishers write is ever more than text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.search.web.fakes import NOW, article, feed, journey, letter
from workers.model import Block, Embed, FeedMemory, Image, PollRecord

if TYPE_CHECKING:
    from tests.search.web.conftest import Visitor
    from tests.search.web.fakes import FakeJournal, FakeReader

SHARED = Path(__file__).parents[4] / "shared"

OURS = frozenset(
    {
        "html",
        "head",
        "meta",
        "title",
        "link",
        "script",
        "body",
        "a",
        "header",
        "form",
        "label",
        "input",
        "button",
        "nav",
        "main",
        "footer",
        "details",
        "summary",
        "dl",
        "div",
        "dt",
        "dd",
        "kbd",
        "code",
        "p",
        "h1",
        "h2",
        "h3",
        "b",
        "small",
        "span",
        "bdi",
        "i",
        "article",
        "section",
        "aside",
        "figure",
        "figcaption",
        "time",
        "abbr",
        "mark",
        "ul",
        "ol",
        "li",
        "blockquote",
        "svg",
        "rect",
        "line",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "img",
    }
)
"""Elements the templates use; none of these may come from a publisher, which the attributes tell."""

ADDRESSES = (
    "/",
    "/search?q=payload",
    "/article/a1",
    "/article/a1?images=1",
    "/feeds",
    "/feeds/hostile",
    "/trace?url=https://example.org/harbour",
    "/dead",
    "/status",
)

RICHEST = ("/", "/search?q=payload", "/article/a1?images=1", "/feeds/hostile")
"""The pages that between them set a publisher's words in every way there is."""


class Reading(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]


def read(page: str) -> Reading:
    reading = Reading()
    reading.feed(page)
    reading.close()
    return reading


def payloads() -> list[str]:
    file = SHARED / "data" / "xss.json"
    if not file.exists():
        pytest.skip("shared/data not present")
    return [case["payload"] for case in json.loads(file.read_text(encoding="utf-8"))]


BUILT_IN = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus onfocus=alert(1) x='",
    "</title><svg onload=alert(1)>",
    "{{ 7*7 }}{% raw %}",
    "<!--><script>alert(1)//-->",
    "\u202e<b>payload",
]


def publish(payload: str, reader: FakeReader, journal: FakeJournal) -> None:
    """The payload everywhere a publisher's words can stand."""
    reader.articles.clear()
    reader.add(
        article(
            f"payload {payload}",
            subtitle=payload,
            text=f"payload {payload}",
            blocks=tuple(Block(kind=kind, text=payload) for kind in ("p", "h", "quote", "li")),
            authors=(payload,),
            byline=payload + "!",
            agency=payload,
            section=payload,
            source=payload,
            language=payload,
            country=payload,
            published_source=payload,
            tags=(payload,),
            feed=payload,
            url=payload,
            final_url=payload,
            canonical_url=payload,
            images=(Image(url=payload, caption=payload, credit=payload), Image(url="https://i.example/" + payload)),
            embeds=(Embed(kind=payload, url=payload, author=payload, text=payload),),
        )
    )
    record = PollRecord(at=NOW, outcome=payload, detail=payload)
    memory = FeedMemory(
        title=payload,
        moved_to=payload,
        next_poll=NOW,
        next_reason=payload,
        failures=1,
        found=payload,
        url=payload,
        hub=payload,
    )
    known = feed("hostile", url=payload, source=payload, section=payload, language=payload)
    journal.subscribe(known, memory, (record, replace(record, outcome="failed")))
    journal.tell(journey(feed=payload, reason=payload, detail=payload, document=None, stage="fetch"))
    journal.letters[:] = [letter(url=payload, feed=payload, stage=payload, reason=payload, detail=payload)]


def executes(page: str) -> list[tuple[str, str, str]]:
    """What in the page could run or load something from elsewhere."""
    reading = read(page)
    foreign = [(element, "", "") for element in reading.elements if element not in OURS]
    scripts = [a for a in reading.attributes if a[1].startswith("on") or a[1] in ("style", "srcdoc", "formaction")]
    links = [
        a
        for a in reading.attributes
        if (a[1] in ("href", "action") and not re.match(r"(https?://[^\s]|/|#)", a[2]))
        or (a[1] == "src" and not a[2].startswith(("/static/", "https://")))
    ]
    return foreign + scripts + links


@pytest.mark.parametrize("payload", BUILT_IN)
def test_what_a_publisher_writes_stays_text_on_every_page(
    visitor: Visitor, reader: FakeReader, journal: FakeJournal, payload: str
) -> None:
    publish(payload, reader, journal)

    for address in ADDRESSES:
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        assert executes(answer.text) == [], address
        assert read(answer.text).elements.count("script") == 1, address


@pytest.mark.corpus
def test_no_known_attack_survives_where_publishers_words_stand(
    visitor: Visitor, reader: FakeReader, journal: FakeJournal
) -> None:
    for payload in payloads():
        publish(payload, reader, journal)
        for address in RICHEST:
            page = visitor.get(address).text
            assert executes(page) == [], (address, payload)
            assert read(page).elements.count("script") == 1, (address, payload)


def test_the_check_itself_sees_an_attack() -> None:
    assert executes('<a href="javascript:alert(1)">x</a>')
    assert executes("<iframe></iframe>")
    assert executes('<p onclick="alert(1)">')
    assert executes('<img src="http://evil.example/x">')


@pytest.mark.parametrize("typed", [*BUILT_IN, "javascript:alert(1)"])
def test_what_is_typed_stays_text(visitor: Visitor, typed: str) -> None:
    for address in (f"/search?q={typed.replace('#', '%23')}", f"/trace?url={typed}", f"/article/{typed}"):
        assert executes(visitor.get(address).text) == [], address


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "data:text/html,x", "//x.example/"]
)
def test_an_address_that_is_not_http_is_told_and_not_linked(visitor: Visitor, reader: FakeReader, url: str) -> None:
    reader.add(article(url=url, final_url=url, canonical_url=url))

    content = visitor.get("/article/a1").text.partition("<main")[2]

    assert "Read the original" in content
    assert not [a for a in read(content).attributes if a[1] == "href" and a[2] == url]


@pytest.mark.parametrize("address", [*ADDRESSES, "/nothing", "/v1/docs", "/v1/articles", "/static/desk.css"])
def test_every_answer_carries_the_protective_headers(
    visitor: Visitor, reader: FakeReader, journal: FakeJournal, address: str
) -> None:
    publish("harmless", reader, journal)

    headers = visitor.get(address).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'")
    assert "form-action 'self'; base-uri 'none'; frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert len(headers.get_list("content-security-policy")) == 1


def test_links_to_elsewhere_give_nothing_away(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article())

    page = visitor.get("/article/a1").text

    outside = re.findall(r'<a href="https?://[^>]*>', page)
    assert outside
    assert all('rel="noopener nofollow ugc"' in link for link in outside)
