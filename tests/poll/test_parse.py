"""Feeds of every kind, broken and hostile ones among them, read into entries."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.model import Entry, ParsedFeed
from workers.poll import armour
from workers.poll.parse import parse

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://news.example/feeds/all.xml"

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
     xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0">
<channel><title>The &amp;amp; Gazette</title><link>https://news.example/</link><language>en-GB</language>
<item>
  <title>Flood &lt;em&gt;recedes&lt;/em&gt;  at   last</title>
  <link>/story/1?a=1&amp;b=2</link><guid isPermaLink="false">tag:1</guid>
  <description>&lt;p&gt;The water &amp;amp; mud&lt;/p&gt;&lt;p&gt;are gone.&lt;/p&gt;</description>
  <dc:creator>Ann Lee</dc:creator><category>Weather</category><category>Weather</category>
  <pubDate>Mon, 23 Nov 2026 10:00:00 +0100</pubDate>
  <media:content url="https://img.example/small.jpg" medium="image" width="100"/>
  <media:content url="https://img.example/large.jpg" medium="image" width="900"/>
</item>
<item><title>Through a counter</title><link>https://feeds.example/~r/2</link>
  <feedburner:origLink>https://news.example/story/2</feedburner:origLink></item>
<item><title>By guid</title><guid>https://news.example/story/3</guid></item>
<item><title>Again</title><link>https://news.example/story/2</link></item>
<item><title>Nowhere</title><guid isPermaLink="false">tag:9</guid></item>
<item><title>Not the web</title><link>javascript:alert(1)</link></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://news.example/fr/">
<title type="html">Le &lt;b&gt;Journal&lt;/b&gt;</title><link href="https://news.example/fr/"/>
<entry><title>Été</title><link rel="alternate" href="ete"/><id>urn:1</id><author><name>Zoé</name></author>
<published>2026-11-23T08:00:00+01:00</published><updated>2026-11-23T09:00:00+01:00</updated>
<summary type="html">&lt;p&gt;Chaud&lt;/p&gt;</summary></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://news.example/"><title>RDF</title><link>https://news.example/</link></channel>
<item rdf:about="https://news.example/1"><title>One</title><link>https://news.example/1</link></item></rdf:RDF>"""


def read(body: str | bytes, url: str = URL, content_type: str = "") -> ParsedFeed:
    return parse(body if isinstance(body, bytes) else body.encode(), url, content_type, now=NOW)


def only(body: str | bytes, content_type: str = "") -> Entry:
    entries = read(body, content_type=content_type).entries
    assert len(entries) == 1
    return entries[0]


def rss(*items: str) -> str:
    return f'<rss version="2.0"><channel><title>t</title>{"".join(items)}</channel></rss>'


def item(title: str = "t", link: str = "https://news.example/1", more: str = "") -> str:
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def test_an_rss_item_is_read_with_all_it_says() -> None:
    feed = read(RSS)
    assert (feed.kind, feed.title, feed.link, feed.language) == (
        "rss20",
        "The & Gazette",
        "https://news.example/",
        "en-gb",
    )
    assert feed.entries[0] == Entry(
        url="https://news.example/story/1?a=1&b=2",
        guid="tag:1",
        title="Flood recedes at last",
        summary="The water & mud are gone.",
        authors=("Ann Lee",),
        published=datetime(2026, 11, 23, 9, tzinfo=UTC),
        tags=("Weather",),
        image="https://img.example/large.jpg",
    )


def test_the_publishers_own_address_goes_before_the_counters_and_the_guid_stands_in() -> None:
    assert [entry.url for entry in read(RSS).entries][1:] == [
        "https://news.example/story/2",
        "https://news.example/story/3",
    ]


def test_what_was_left_out_is_said() -> None:
    assert read(RSS).problems == (
        "2 of 6 entries have no web address and were left out.",
        "1 of 6 entries repeat an address and were left out.",
    )


def test_an_atom_entry_is_read_against_its_base_and_language() -> None:
    feed = read(ATOM)
    assert (feed.kind, feed.title) == ("atom10", "Le Journal")
    entry = feed.entries[0]
    assert (entry.url, entry.title, entry.summary, entry.authors) == (
        "https://news.example/fr/ete",
        "Été",
        "Chaud",
        ("Zoé",),
    )
    assert entry.published == datetime(2026, 11, 23, 7, tzinfo=UTC)
    assert entry.updated == datetime(2026, 11, 23, 8, tzinfo=UTC)


def test_rdf_is_read() -> None:
    assert read(RDF).kind == "rss10"
    assert only(RDF).url == "https://news.example/1"


def test_a_feed_may_be_read_without_knowing_where_it_came_from() -> None:
    assert parse(RSS.encode()).entries[0].url == "https://news.example/story/1?a=1&b=2"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le"])
def test_the_real_encoding_wins_over_the_declared_one(encoding: str) -> None:
    body = ('<?xml version="1.0" encoding="iso-8859-1"?>' + rss(item("Café “news”"))).encode(encoding)
    assert only(body, content_type="text/xml; charset=iso-8859-1").title == "Café “news”"


def test_an_undeclared_western_encoding_is_recognised() -> None:
    assert only(rss(item("Café")).encode("windows-1252")).title == "Café"


def test_a_declared_encoding_is_followed_where_the_bytes_allow_it() -> None:
    body = ('<?xml version="1.0" encoding="windows-1251"?>' + rss(item("Новости"))).encode("windows-1251")
    assert only(body).title == "Новости"


def test_the_servers_charset_is_followed_where_the_document_declares_none() -> None:
    assert (
        only(rss(item("Новости")).encode("koi8-r"), content_type="application/xml; charset=koi8-r").title == "Новости"
    )


def test_a_gzipped_document_is_unpacked() -> None:
    assert only(gzip.compress(rss(item()).encode())).title == "t"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "an empty document"),
        (b" \n\t", "an empty document"),
        (b"<!DOCTYPE html><html><head><title>Blocked</title></head></html>", "an HTML page"),
        (b"<html lang='en'><body>consent</body></html>", "an HTML page"),
        (b"%PDF-1.7 \x00", "a PDF"),
        (b"\x89PNG\r\n\x1a\n\x00", "a PNG image"),
        (b"\x01\x00\x02\x00" * 50, "binary data"),
        (b"Not found", "text"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "root element svg"),
        (b'{"error": "no"}', "not a JSON Feed"),
        (b"{broken", "begins as JSON"),
        (b"{" + b'"a":{' * 100_000, "begins as JSON"),
        (b"\x1f\x8bbroken", "gzip is broken"),
        (gzip.compress(b"<rss>" * 1000)[:40], "gzip ends too early"),
    ],
)
def test_what_is_no_feed_has_no_kind_and_says_what_it_looks_like(body: bytes, word: str) -> None:
    feed = read(body)
    assert (feed.kind, feed.entries) in (("", ()), ("rss", ()))
    assert any(word in problem for problem in feed.problems), feed.problems


def test_ill_formed_xml_is_read_and_said() -> None:
    feed = read(rss(item("Fish & chips"), item("Two", "https://news.example/2")))
    assert [entry.title for entry in feed.entries] == ["Fish & chips", "Two"]
    assert feed.problems[0].startswith("The XML is not well-formed:")


@pytest.mark.parametrize(
    "text", ["a&#xD800;b", "a&#0;b", "a&#xFFFE;b", "a&#x110000;b", "a&#99999999999999999999;b", "a\x00b", "a\x0bb"]
)
def test_characters_that_cannot_be_are_left_out_and_crash_nothing(text: str) -> None:
    assert only(rss(item(text))).title == "ab"


def test_entities_a_feed_declares_for_characters_are_known_and_others_are_not() -> None:
    declared = '<!DOCTYPE rss [<!ENTITY eacute "&#233;"><!ENTITY x SYSTEM "file:///etc/hostname">]>'
    assert only(declared + rss(item("caf&eacute;"))).title == "café"
    assert only(declared + rss(item("a&x;"))).title in ("a", "a&x;")


def test_the_rss_prefix_may_be_used_without_being_declared() -> None:
    body = (
        rss(item("One"))
        .replace("<", "<rss:")
        .replace("<rss:/", "</rss:")
        .replace("<rss:rss", "<rss")
        .replace("</rss:rss", "</rss")
    )
    assert only(body).title == "One"


@pytest.mark.corpus
def test_a_document_of_too_many_items_is_read_as_far_as_the_bound() -> None:
    items = (item(str(n), f"https://news.example/{n}") for n in range(armour.ITEMS + 10))
    feed = read(rss(*items))
    assert len(feed.entries) == armour.ITEMS
    assert f"More than {armour.ITEMS} items; the first {armour.ITEMS} were read." in feed.problems


def test_a_podcast_shows_the_episodes_picture_else_its_own() -> None:
    podcast = (
        '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>'
        '<itunes:image href="/cover.jpg"/>'
        + item("One", "https://news.example/1", '<itunes:image href="/one.jpg"/>')
        + item("Two", "https://news.example/2")
        + "</channel></rss>"
    )
    images = ["https://news.example/one.jpg", "https://news.example/cover.jpg"]
    assert [entry.image for entry in read(podcast).entries] == images


def test_a_publishers_logo_is_no_picture_of_an_article() -> None:
    logo = "<image><url>https://news.example/logo.png</url><title>t</title><link>https://news.example/</link></image>"
    assert only(rss(logo, item())).image is None


@pytest.mark.parametrize(
    ("more", "image"),
    [
        ('<media:group><media:content url="/a.jpg" type="image/jpeg"/></media:group>', "/a.jpg"),
        (
            '<media:content url="/a.mp4" type="video/mp4"><media:thumbnail url="/still.jpg"/></media:content>',
            "/still.jpg",
        ),
        ('<enclosure url="/a.mp3" type="audio/mpeg"/><enclosure url="/b.png" type="image/png"/>', "/b.png"),
        ('<media:content url="/a.webp?w=9"/>', "/a.webp?w=9"),
        ('<media:content url="/a.jpg" type="text/html"/>', None),
    ],
)
def test_a_picture_is_found_wherever_it_is_attached(more: str, image: str | None) -> None:
    body = rss(item(more=more)).replace("<rss ", '<rss xmlns:media="http://search.yahoo.com/mrss/" ')
    assert only(body).image == (f"https://news.example{image}" if image else None)


def test_a_feed_says_where_and_how_often_it_can_be_asked() -> None:
    feed = read(
        '<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>t</title>'
        '<a:link rel="self" href="https://news.example/feed"/><a:link rel="hub" href="https://hub.example/"/>'
        "<ttl>120</ttl><skipHours><hour>0</hour><hour>5</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
        + item()
        + "</channel></rss>"
    )
    assert (feed.topic, feed.hub) == ("https://news.example/feed", "https://hub.example/")
    assert (feed.every, feed.every_where) == (timedelta(hours=2), "ttl")
    assert (feed.skip_hours, feed.skip_days) == ((0, 5), (6,))


@pytest.mark.parametrize("document", [RSS, ATOM, RDF])
def test_a_documents_damage_changes_nothing_that_is_still_there(document: str) -> None:
    whole, cut = read(document), read(document[: document.rindex("</")])
    assert cut.entries == whole.entries


def test_a_guid_that_is_a_number_makes_no_address() -> None:
    assert read(rss("<item><title>t</title><guid>5</guid></item>")).entries == ()


def test_a_guid_is_kept_as_it_is_written_wherever_the_feed_was_found() -> None:
    body = rss("<item><title>t</title><link>/a</link><guid>a</guid></item>")
    assert only(body).guid == "a"
    assert read(body, "https://mirror.example/feed").entries[0].guid == "a"


def test_one_guid_for_all_leaves_them_apart() -> None:
    items = [item(link=f"https://news.example/{n}", more="<guid isPermaLink='false'>same</guid>") for n in range(3)]
    assert [entry.url[-1] for entry in read(rss(*items)).entries] == ["0", "1", "2"]


def test_tags_in_capitals_items_beside_the_channel_and_channel_definitions_are_read() -> None:
    assert only("<RSS><CHANNEL><ITEM><TITLE>t</TITLE><LINK>https://news.example/1</LINK></ITEM></CHANNEL></RSS>").title
    assert only("<rss version='2.0'><channel><title>c</title></channel>" + item() + "</rss>").title == "t"
    assert only("<channel HREF='https://news.example/'><item HREF='/1'><title>t</title></item></channel>").title == "t"


def test_a_scripts_warning_before_the_document_is_passed_over() -> None:
    warning = "<br />\n<b>Warning</b>: session_start() in /srv/feed.php on line 3<br />\n<?xml version='1.0'?>"
    feed = read(warning + rss(item()))
    assert [entry.title for entry in feed.entries] == ["t"]
    assert "before the XML declaration" in feed.problems[0]


def test_an_ordinary_feed_passes_the_armour_unchanged() -> None:
    for document in (RSS, ATOM, RDF):
        assert armour.armoured(document.encode()) == (document.encode(), ())


@pytest.mark.parametrize(
    "damage",
    [
        "<x:license xmlns:x='http://backend.userland.com/creativeCommonsRssModule'/></x:license>",
        "</width>",
        "<a:b xmlns:a='a name with spaces'/>",
    ],
)
def test_damage_that_crashes_the_parser_is_a_problem_and_no_crash(damage: str) -> None:
    feed = read(rss(damage, item()))
    assert feed.problems
    assert [entry.title for entry in feed.entries] == ["t"] or feed.kind == ""


@given(st.binary(max_size=400))
def test_no_bytes_break_it(body: bytes) -> None:
    assert isinstance(read(body), ParsedFeed)


@settings(max_examples=200)
@given(
    st.integers(0, len(RSS) - 1),
    st.integers(0, 200),
    st.binary(max_size=40) | st.sampled_from([b"<![", b"<!", b"&#", b"<?", b"]]>"]),
)
def test_no_damage_to_a_feed_breaks_it(position: int, lost: int, put: bytes) -> None:
    body = RSS.encode()
    read(body[:position] + put + body[position + lost :])


@pytest.mark.corpus
def test_real_feeds_are_read_as_two_independent_parsers_read_them() -> None:
    folder = SHARED / "data" / "feeds"
    if not folder.exists():
        pytest.skip("shared/data not present")
    agreeing, told_apart, titles, right = 0, 0, 0, 0
    listed = json.loads((folder / "index.json").read_text("utf-8"))
    for feed in listed:
        expected = json.loads(gzip.decompress((folder / feed["expected"]).read_bytes()))
        parsed = read(gzip.decompress((folder / feed["file"]).read_bytes()))
        left_out = sum(
            int(problem.split()[0])
            for problem in parsed.problems
            if problem.endswith("were left out.") and problem[0].isdigit()
        )
        agreeing += len(parsed.entries) == expected["entry_count"]
        told_apart += len(parsed.entries) + left_out == expected["entry_count"]
        if len(parsed.entries) == len(expected["entries"]):
            pairs = [
                (a.title or "", b["title"])
                for a, b in zip(parsed.entries, expected["entries"], strict=True)
                if b.get("title")
            ]
            titles += len(pairs)
            right += sum(" ".join(ours.split()) == theirs for ours, theirs in pairs)
    assert told_apart == len(listed)
    assert agreeing >= len(listed) - 5  # the rest differs by entries without an address, or announced twice
    assert right >= titles - 5


def test_every_case_of_feedparsers_own_suite_is_survived() -> None:
    file = SHARED / "data" / "feedparser-cases" / "cases.jsonl.gz"
    if not file.exists():
        pytest.skip("shared/data not present")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    assert len(cases) > 1_000
    for case in cases:
        body = base64.b64decode(case["body_b64"]) if "body_b64" in case else case["body"].encode()
        headers = {name.lower(): value for name, value in case["headers"].items()}
        assert isinstance(parse(body, URL, headers.get("content-type", "")), ParsedFeed)


HOSTILE = """
import importlib.util, resource, sys
spec = importlib.util.spec_from_file_location("hostile", sys.argv[1])
hostile = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hostile)
from workers.poll.parse import parse
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
for name, make in hostile.xml_cases():
    body = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    parse(body[:10_000_000])
    spent = resource.getrusage(resource.RUSAGE_SELF).ru_utime - before
    print(f"{spent:.2f} {name}")
"""


@pytest.mark.corpus
def test_every_hostile_document_is_read_in_bounded_time_and_memory() -> None:
    """Processor time, so that a busy machine does not matter."""
    file = SHARED / "attacks" / "hostile.py"
    if not file.exists():
        pytest.skip("shared/attacks not present")
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(file)], cwd=ROOT, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    spent = {line.partition(" ")[2]: float(line.partition(" ")[0]) for line in done.stdout.splitlines()}
    assert len(spent) > 30
    assert max(spent.values()) < 5, sorted(spent.items(), key=lambda pair: -pair[1])[:3]
