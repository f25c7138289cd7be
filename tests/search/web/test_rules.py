"""The pure parts: what stands where, how things are said, what is drawn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.search.web.fakes import NOW, article, paragraphs, polls
from workers.model import Answer, Embed, Facet, FacetValue, Hit, Part, Query
from workers.search.web.attention import attention
from workers.search.web.front import compose
from workers.search.web.narrowing import label_of
from workers.search.web.prose import pieces
from workers.search.web.pulse import bars, summary
from workers.search.web.said import without_address
from workers.search.web.show import ago, direction, emphasised, host, language_name, plain, safe_href, stretches


def hit(number: int, source: str = "A", section: str | None = None) -> Hit:
    return Hit(
        id=str(number),
        url=f"https://example.org/{number}",
        title=(Part(text=f"Headline {number}"),),
        source=source,
        section=section,
        first_seen=NOW - timedelta(minutes=number),
    )


# --- the front page


def test_an_empty_front_page_is_none() -> None:
    assert compose(()) is None


def test_one_loud_source_does_not_take_all_places_beside_the_lead() -> None:
    front = compose((*(hit(n, "Loud") for n in range(9)), hit(20, "Quiet"), hit(21, "Calm")))

    assert front is not None
    assert [h.source for h in front.beside] == ["Quiet", "Calm", "Loud", "Loud"]


def test_no_article_stands_twice_on_the_front_page_and_none_is_forgotten() -> None:
    hits = tuple(hit(n, source=f"S{n % 3}", section=("World", "world", None)[n % 3]) for n in range(30))

    front = compose(hits)

    assert front is not None
    shown = [front.lead, *front.beside, *(h for group in front.groups for h in group.hits)]
    assert len({h.id for h in shown}) == len(shown)
    assert len(shown) + sum(group.more for group in front.groups) == len(hits)


def test_sections_that_differ_only_in_case_are_one() -> None:
    front = compose(tuple(hit(n, section=("World", "WORLD")[n % 2]) for n in range(12)))

    assert front is not None
    assert len(front.groups) == 1


def test_single_articles_are_gathered_in_the_last_group() -> None:
    front = compose((*(hit(n, f"S{n}") for n in range(5)), hit(6, "A", "Art"), hit(7, "B", "Law")))

    assert front is not None
    assert [(group.title, len(group.hits)) for group in front.groups] == [("Elsewhere", 2)]


# --- the text


def test_an_embed_without_a_place_stands_at_the_end() -> None:
    laid = pieces(article(blocks=paragraphs("one", "two"), embeds=(Embed(kind="frame", text="x"),)))

    assert [piece.kind for piece in laid] == ["p", "p", "embed"]


def test_embeds_that_are_alike_are_all_set() -> None:
    same = Embed(kind="frame", text="x", position=0)

    assert [p.kind for p in pieces(article(blocks=paragraphs("one"), embeds=(same, same)))] == ["embed", "embed", "p"]


def test_an_embed_beyond_the_text_stands_at_the_end() -> None:
    laid = pieces(article(blocks=paragraphs("one"), embeds=(Embed(kind="frame", position=99),)))

    assert [piece.kind for piece in laid] == ["p", "embed"]


def test_text_without_blocks_is_set_by_its_blank_lines() -> None:
    assert [piece.texts for piece in pieces(article(text="one\n\n\n\ntwo"))] == [("one",), ("two",)]


# --- bars


def test_polls_are_drawn_oldest_first_each_in_its_shape() -> None:
    drawn = bars(polls("new:4", "failed", "unchanged"))

    assert [bar.shape for bar in drawn] == ["tick", "hollow", "solid"]
    assert [bar.x for bar in drawn] == [162, 168, 174]


def test_more_new_articles_make_a_taller_bar() -> None:
    few, many = bars(polls("new:9", "new:1"))

    assert few.height < many.height == 24


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((), "not polled yet"),
        (("new:1",), "1 poll, 1 new articles, 0 failed"),
        (("failed", "gone"), "2 polls, 0 new articles, 2 failed"),
    ],
)
def test_bars_are_also_told_in_words(outcomes: tuple[str, ...], said: str) -> None:
    assert summary(polls(*outcomes)) == said


def answer_with_days(**counts: int) -> Answer:
    values = tuple(FacetValue(value=day.replace("_", "-")[1:], count=count) for day, count in counts.items())
    return Answer(query=Query(), total=1, facets=(Facet(field="day", values=values),))


def test_days_without_an_article_keep_their_place() -> None:
    drawn = attention(answer_with_days(d2026_11_24=4, d2026_11_20=2, d2026_11_22=1))

    assert drawn is not None
    assert drawn.bars[-1].day == date(2026, 11, 24)
    assert [bar.count for bar in drawn.bars[-5:]] == [2, 0, 1, 0, 4]
    assert drawn.bars[-2].height == 0
    assert drawn.bars[-1].height == 40


def test_days_long_before_the_newest_do_not_squeeze_it() -> None:
    drawn = attention(answer_with_days(d2026_11_24=4, d2026_11_20=2, d2026_11_22=1, d2020_10_09=9))

    assert drawn is not None
    assert len(drawn.bars) == 30
    assert drawn.most == 4


def test_too_few_days_are_not_drawn() -> None:
    assert attention(answer_with_days(d2026_11_24=4, d2026_11_20=2)) is None
    assert attention(Answer(query=Query(), total=0)) is None


# --- words


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (timedelta(seconds=-20), "just now"),
        (timedelta(minutes=-5), "5 minutes ago"),
        (timedelta(hours=-3), "3 hours ago"),
        (timedelta(days=-2), "2 days ago"),
        (timedelta(days=-20), "4 Nov"),
        (timedelta(days=-400), "20 Oct 2025"),
        (timedelta(seconds=20), "in a moment"),
        (timedelta(minutes=9), "in 9 minutes"),
    ],
)
def test_distances_are_said_as_people_do(distance: timedelta, said: str) -> None:
    assert ago(NOW + distance, NOW) == said


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("en", "ltr"),
        ("ar", "rtl"),
        ("fa-IR", "rtl"),
        ("zh-Hant", "ltr"),
        ("", "auto"),
        ("'<b>", "auto"),
        (None, "auto"),
    ],
)
def test_languages_are_written_their_way(code: str | None, way: str) -> None:
    assert direction(code) == way


def test_a_language_without_a_name_keeps_its_code() -> None:
    assert language_name("pt-BR") == "Portuguese"
    assert language_name("xx") == "xx"
    assert language_name("not a code") == "not a code"


@pytest.mark.parametrize("url", ["https://example.org/a", "http://[::1]/", "HTTPS://EXAMPLE.ORG"])
def test_web_addresses_may_be_linked(url: str) -> None:
    assert safe_href(url) == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "https://",
        "https://[::1",
        "//example.org",
        "ftp://example.org",
        "/here",
    ],
)
def test_other_addresses_may_not(url: str | None) -> None:
    assert safe_href(url) is None
    assert host(url or "") == ""


@pytest.mark.parametrize(
    ("cut", "shown"),
    [
        ((), ""),
        (("The dam is shut.",), "The dam is shut."),
        (("below the dam", "It said: “no.”"), "… below the dam … It said: “no.”"),
        (("The dam is",), "The dam is …"),
    ],
)
def test_dots_stand_where_a_sentence_was_cut(cut: tuple[str, ...], shown: str) -> None:
    assert plain(stretches(tuple((Part(text=text),) for text in cut))) == shown


def test_an_address_is_not_said_twice() -> None:
    assert without_address("status 404: https://example.org/a", "https://example.org/a") == "status 404"
    assert without_address(None, "https://example.org/a") == ""


def test_starred_words_are_marked() -> None:
    assert emphasised("has *a* and 2 * 3") == (
        Part(text="has "),
        Part(text="a", match=True),
        Part(text=" and 2 * 3"),
    )


def test_a_day_that_is_none_is_left_as_it_is() -> None:
    assert label_of("day", "2026-11-24") == "Tue 24 Nov 2026"
    assert label_of("day", "someday") == "someday"
