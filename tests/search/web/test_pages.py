"""What a reader finds at each address."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest

from tests.search.web.fakes import NOW, article, busy, feed, paragraphs, polls
from workers.ledger.journal import Status
from workers.model import Block, Embed, FeedMemory, Image, Revision

if TYPE_CHECKING:
    from tests.search.web.conftest import Visitor
    from tests.search.web.fakes import FakeJournal, FakeReader


# --- today


def test_the_front_page_leads_with_the_newest_article(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(
        article("Older", id="old", published=NOW - timedelta(hours=5)), article("Newest", id="new", published=NOW)
    )

    page = visitor.get("/").text

    assert page.index("Newest") < page.index("Older")
    assert "2 articles" in page


def test_the_front_page_offers_sections_before_languages(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article(section="World"))

    page = visitor.get("/").text

    assert page.index('aria-label="Section"') < page.index('aria-label="Language"')
    assert "/search?q=section%3AWorld&amp;sort=newest" in page


def test_the_front_page_since_a_moment_has_only_what_came_after(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Before", id="b", published=NOW - timedelta(hours=3)), article("After", id="a", published=NOW))

    page = visitor.get("/?since=2026-11-24T13:00:00Z").text

    assert "After" in page
    assert "Before" not in page
    assert "1 article since" in page


def test_a_moment_outside_the_calendar_is_refused_readably(visitor: Visitor) -> None:
    answer = visitor.get("/?since=0001-01-01T00:00:00%2B14:00")

    assert answer.status_code == 400
    assert "outside the calendar" in answer.text


def test_the_front_page_says_that_nothing_is_new(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article())

    assert "Nothing new since Tuesday 24 November 2026, 14:05 UTC" in visitor.get("/?since=2026-11-24T14:05:00Z").text


def test_an_empty_desk_names_its_feeds_and_when_the_first_is_asked(visitor: Visitor, journal: FakeJournal) -> None:
    journal.subscribe(feed(source="The Fels Courier"), FeedMemory(next_poll=NOW + timedelta(minutes=9)))
    journal.subscribe(feed("late", source="Late Post"), FeedMemory(next_poll=NOW + timedelta(minutes=40)))

    page = visitor.get("/").text

    assert "No article has arrived yet" in page
    assert "The Fels Courier" in page
    assert "Late Post" in page
    assert page.index("in 9 minutes") < page.index("in 40 minutes")


def test_an_empty_desk_without_feeds_says_how_to_add_one(visitor: Visitor) -> None:
    assert "newsdesk feeds add" in visitor.get("/").text


def test_a_pause_is_told_on_the_front_page(visitor: Visitor, reader: FakeReader, journal: FakeJournal) -> None:
    reader.add(article())
    journal.says(Status(paused="2000 pages wait to be understood"))

    assert "Fetching is paused: 2000 pages wait to be understood." in visitor.get("/").text


# --- search


def test_results_show_what_matched(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Harbour reopens"))

    page = visitor.get("/search?q=harbour").text

    assert "<mark>Harbour</mark> reopens" in page
    assert "1 article<" in page
    assert "title or text has <mark>harbour</mark>" in page


def test_the_typed_text_stays_in_the_box(visitor: Visitor) -> None:
    assert (
        'value="truce source:&#34;The Fels Courier&#34;"'
        in visitor.get('/search?q=truce+source:"The Fels Courier"').text
    )


def test_a_facet_value_edits_the_question(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Harbour", section="World"))

    assert "/search?q=harbour+section%3AWorld&#34;" not in visitor.get("/search?q=harbour").text
    assert 'href="/search?q=harbour+section%3AWorld"' in visitor.get("/search?q=harbour").text


@pytest.mark.parametrize(
    ("typed", "title", "label", "left"),
    [
        ("harbour source:Courier", "Source", "Courier", "harbour"),
        ("harbour language:de", "Language", "German", "harbour"),
        ("harbour day:2026-11-24", "Day", "Tue 24 Nov 2026", "harbour"),
        ("a -source:Courier b", "Not source", "Courier", "a b"),
        ("harbour -language:fr", "Not language", "French", "harbour"),
        ("harbour newer:2d", "Newer", "2d", "harbour"),
        ("since:2026-11-01 harbour", "Since", "2026-11-01", "harbour"),
    ],
)
def test_every_filter_in_force_can_be_taken_away(
    visitor: Visitor, typed: str, title: str, label: str, left: str
) -> None:
    page = visitor.get(f"/search?q={typed}").text

    assert f'<a href="/search?q={left.replace(" ", "+")}" aria-label="Remove {title}: {label}">' in page


def test_a_chosen_facet_value_is_marked_and_removes_itself(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Harbour", section="World"))

    page = visitor.get("/search?q=harbour+section:World").text

    assert 'href="/search?q=harbour" aria-current="true"' in page


def test_the_order_is_kept_while_filtering(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Harbour", section="World"))

    assert (
        'href="/search?q=harbour+section%3AWorld&amp;sort=newest"' in visitor.get("/search?q=harbour&sort=newest").text
    )


def test_an_empty_question_asks_for_the_newest(visitor: Visitor, reader: FakeReader) -> None:
    visitor.get("/search")

    assert reader.asked[0].sort == "newest"


def test_pages_follow_one_another_by_cursor(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(*(article(f"Harbour {n}", id=f"a{n}", published=NOW - timedelta(minutes=n)) for n in range(25)))

    first = visitor.get("/search?q=harbour").text
    second = visitor.get("/search?q=harbour&cursor=20").text

    assert 'rel="next" href="/search?q=harbour&amp;cursor=20"' in first
    assert "Harbour</mark> 24" not in first
    assert "Harbour</mark> 24" in second
    assert 'rel="next"' not in second
    assert 'href="/search?q=harbour">First page' in second


def test_nothing_found_says_what_was_searched_and_which_filter_to_drop(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Harbour", language="en"), article("Harbour too", id="a2", language="en"))

    page = visitor.get("/search?q=harbour+language:de").text

    assert "Nothing matches" in page
    assert "Searched for: title or text has <mark>harbour</mark>, language German" in page
    assert '<a href="/search?q=harbour">without language <bdi>German</bdi></a>' in page
    assert ">2 articles</span>" in page


def test_nothing_found_says_which_word_to_drop_and_offers_nothing_in_vain(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Harbour"))

    page = visitor.get("/search?q=harbour+zebra+since:2026-11-01").text

    assert '<a href="/search?q=harbour+since%3A2026-11-01">without the word <bdi>zebra</bdi></a>' in page
    assert "without since" not in page
    assert "0 articles</span>" not in page


def test_what_is_no_date_is_no_filter_to_take_away(visitor: Visitor) -> None:
    assert "Remove Since" not in visitor.get("/search?q=harbour+since:someday+until:2026-11-20").text


def test_trying_filters_one_by_one_is_bounded(visitor: Visitor, reader: FakeReader) -> None:
    visitor.get("/search?q=zebra+" + "+".join(f"section:s{n}" for n in range(30)))

    assert len(reader.asked) == 1 + 6


def test_warnings_of_the_reading_and_of_the_store_are_told_once(visitor: Visitor, reader: FakeReader) -> None:
    reader.warnings = ("author counts are bounded",)

    page = unescape(visitor.get("/search?q=harbour+newer:soon").text)

    assert page.count("author counts are bounded") == 1
    assert page.count("newer:soon”: want a number") == 1


def test_a_bounded_total_says_at_least(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article("Harbour"))
    reader.exact = False

    assert "at least 1 article" in visitor.get("/search?q=harbour").text


def test_an_overlong_question_is_refused_readably(visitor: Visitor, reader: FakeReader) -> None:
    answer = visitor.get("/search?q=" + "a" * 1001)

    assert answer.status_code == 400
    assert "That cannot be asked" in answer.text
    assert "q: String should have at most 1000 characters" in answer.text
    assert reader.asked == []


def test_an_unknown_order_is_refused_with_what_would_be_right(visitor: Visitor) -> None:
    answer = visitor.get("/search?sort=oldest")

    assert answer.status_code == 400
    assert "&#39;relevance&#39; or &#39;newest&#39;" in answer.text


# --- one article


def test_an_article_shows_who_wrote_it_when_and_where(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(
        article(
            subtitle="Ferries sail again",
            authors=("Ilse Marrow",),
            agency="MRW",
            byline="Ilse Marrow for MRW",
            section="Local",
            tags=("ferries",),
            revision=3,
        )
    )

    page = visitor.get("/article/a1").text

    assert "Ferries sail again" in page
    assert 'href="/search?q=author%3A%22Ilse+Marrow%22&amp;sort=newest"' in page
    assert 'href="/search?q=agency%3AMRW&amp;sort=newest"' in page
    assert "Ilse Marrow for MRW" in page
    assert "Tuesday 24 November 2026, 12:05 UTC" in page
    assert "revision 3" in page
    assert 'href="/search?q=%22ferries%22"' in page
    assert 'href="/trace?url=https%3A%2F%2Fexample.org%2Fharbour"' in page


def test_an_article_tells_whom_it_speaks_of_and_where_it_was_read(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(
        article(
            countries=("FR", "DE"),
            people=("Ada <b>Miller",),
            live=True,
            language_confidence=0.62,
            provenance={"title": "json-ld", "canonical_url": "page"},
        )
    )
    page = visitor.get("/article/a1").text
    assert "France, Germany" in page
    assert "<bdi>Ada &lt;b&gt;Miller</bdi>" in page
    assert "A live page" in page
    assert "(62 % sure)" in page
    assert "<dt>canonical url</dt><dd>the page’s text</dd>" in page


def test_a_corrected_article_shows_what_was_changed_and_what_it_said_before(
    visitor: Visitor, reader: FakeReader
) -> None:
    before = Revision(number=1, fetched=NOW, title="Bridge closed", text="It is <b>shut</b> today.\n\nMore soon.")
    reader.add(article(title="Bridge open", text="It is open today.\n\nMore soon.", revision=2, revisions=(before,)))
    page = visitor.get("/article/a1").text
    assert "<del>closed</del> <ins>open</ins>" in page
    assert "<del>&lt;b&gt;shut&lt;/b&gt;</del> <ins>open</ins>" in page
    assert "Revision 1 whole" in page
    assert "More soon." in page


def test_the_original_is_the_first_link_of_an_article(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article())

    content = visitor.get("/article/a1").text.partition("<main")[2]

    assert content.index('href="https://example.org/harbour"') == content.index('href="') or (
        content.index('href="https://example.org/harbour"') == content.index("href=")
    )
    assert 'rel="noopener nofollow ugc"' in content


def test_the_text_keeps_its_sub_heads_quotes_and_lists(visitor: Visitor, reader: FakeReader) -> None:
    blocks = (
        Block(kind="p", text="First."),
        Block(kind="h", text="Then"),
        Block(kind="quote", text="Said."),
        Block(kind="li", text="one"),
        Block(kind="li", text="two"),
    )
    reader.add(article(blocks=blocks))

    page = visitor.get("/article/a1").text

    assert "<h2>Then</h2>" in page
    assert "<blockquote><p>Said.</p></blockquote>" in page
    assert "<ul><li>one</li><li>two</li></ul>" in page


def test_an_embed_is_a_quotation_where_it_stood(visitor: Visitor, reader: FakeReader) -> None:
    embed = Embed(kind="twitter", url="https://social.example/1", author="Ilse", text="No other half.", position=1)
    reader.add(article(blocks=paragraphs("Before it.", "After it."), embeds=(embed,)))

    page = visitor.get("/article/a1").text

    assert page.index("Before it.") < page.index("No other half.") < page.index("After it.")
    assert "<iframe" not in page


def test_pictures_are_named_and_not_loaded(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article(images=(Image(url="https://img.example/b.jpg", caption="The bridge", credit="S. Brandt"),)))

    answer = visitor.get("/article/a1")

    assert "<img" not in answer.text
    assert "The bridge" in answer.text
    assert "S. Brandt" in answer.text
    assert 'href="/article/a1?images=1"' in answer.text
    assert "img-src 'self';" in answer.headers["content-security-policy"]


def test_pictures_are_loaded_when_asked_for_and_only_then_allowed(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article(images=(Image(url="https://img.example/b.jpg", caption="The bridge"),)))

    answer = visitor.get("/article/a1?images=1")

    assert '<img src="https://img.example/b.jpg" alt="The bridge"' in answer.text
    assert "img-src 'self' https:;" in answer.headers["content-security-policy"]


def test_a_picture_without_encryption_is_never_loaded(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article(images=(Image(url="http://img.example/b.jpg"),)))

    page = visitor.get("/article/a1?images=1").text

    assert "<img" not in page
    assert "sends it unencrypted" in page


@pytest.mark.parametrize(("subtitle", "shown"), [("Ferries sail", True), ("The harbour of Fels reopened…", False)])
def test_a_standfirst_that_is_only_the_beginning_of_the_text_is_not_set_twice(
    visitor: Visitor, reader: FakeReader, subtitle: str, shown: bool
) -> None:
    reader.add(article(subtitle=subtitle))

    assert (f'<p class="stand">{subtitle}</p>' in visitor.get("/article/a1").text) is shown


def test_the_article_page_speaks_in_words(visitor: Visitor, reader: FakeReader, journal: FakeJournal) -> None:
    journal.subscribe(feed(source="The Fels Courier, World"))
    reader.add(article(country="GB", published_source="json-ld"))

    page = visitor.get("/article/a1").text

    assert "<dd>United Kingdom</dd>" in page
    assert "<dd>the page’s data for machines</dd>" in page
    assert '<a href="/feeds/fels-courier"><bdi>The Fels Courier, World</bdi></a>' in page


def test_an_undated_article_says_when_it_was_first_seen(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article(published=None))

    assert "undated; first seen" in visitor.get("/article/a1").text


def test_an_article_without_text_says_so(visitor: Visitor, reader: FakeReader) -> None:
    reader.add(article(text=""))

    assert "no text that could be read" in visitor.get("/article/a1").text


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("he", "rtl"), ("zh", "ltr"), (None, "auto")])
def test_an_article_is_set_in_its_own_direction(
    visitor: Visitor, reader: FakeReader, language: str | None, direction: str
) -> None:
    reader.add(article(language=language))

    set_as = f'lang="{language or ""}" dir="{direction}"'
    assert f'<article class="story" {set_as}>' in visitor.get("/article/a1").text
    assert f'<a href="/article/a1" {set_as}>' in visitor.get("/search?q=harbour").text


def test_an_article_that_is_not_there_is_a_readable_404(visitor: Visitor) -> None:
    answer = visitor.get("/article/nope")

    assert answer.status_code == 404
    assert "There is no article &#39;nope&#39; here." in answer.text


# --- weight


def test_a_full_results_page_with_its_stylesheet_is_light(visitor: Visitor, reader: FakeReader) -> None:
    long = "A sentence with the word harbour that is as long as excerpts are in practice, to weigh the page honestly. "
    reader.add(
        *(
            article(
                f"Harbour headline number {n} that fills most of one line on a wide screen",
                id=f"{n:064x}",
                text=long * 4,
                source=f"The Newspaper of Town {n}",
                section=f"Section {n}",
                authors=(f"Author Number {n}",),
                agency=f"Agency {n}",
                published=NOW - timedelta(days=n),
            )
            for n in range(60)
        )
    )
    page = visitor.get("/search?q=harbour+language:en")
    style = visitor.get("/static/desk.css")

    assert page.text.count('class="hit"') == 20
    assert len(page.content) + len(style.content) <= 60_000


def test_a_working_desk_shows_no_warning(visitor: Visitor, reader: FakeReader, journal: FakeJournal) -> None:
    reader.add(article())
    journal.says(busy())
    journal.subscribe(feed(), FeedMemory(), polls("new:1"))

    assert 'class="notice"' not in visitor.get("/").text
