"""What both stores promise: the same cases, the same answers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.articles import NOON, article
from tests.search.conftest import Shelf, shown
from workers.model import All, Answer, Article, Embed, Filters, Image, Not, Query, Word
from workers.search.answer import NOTHING_YET, OTHER_CURSOR
from workers.search.language import read

NAUGHTY = Path(__file__).parents[2].parent / "shared" / "data" / "naughty-strings.json"

FIRE = article("fire", "Fires rage in the hills", "Firefighters worked all night. The mayor asked people to leave.")
TRUCE = article("truce", "Truce holds", "A cease-fire began at dawn, Israel's army said.")
SPORT = article("sport", "Late goal", "The striker scored in the last minute.")


# --- words


def test_a_word_finds_articles_with_it_in_title_or_text(shelf: Shelf) -> None:
    shelf.has(FIRE, TRUCE, SPORT)
    assert shelf.finds("hills") == ["fire"]
    assert shelf.finds("striker") == ["sport"]


def test_case_and_accents_do_not_matter(shelf: Shelf) -> None:
    shelf.has(article("fr", "Élection à Orléans", "Le maire réélu.", language="fr"))
    assert shelf.finds("ELECTION") == shelf.finds("orleans") == shelf.finds("Orléans") == ["fr"]


def test_every_word_has_to_match_but_each_anywhere(shelf: Shelf) -> None:
    shelf.has(FIRE, TRUCE)
    assert shelf.finds("hills mayor") == ["fire"]
    assert shelf.finds("hills dawn") == []


def test_a_word_also_finds_its_other_forms(shelf: Shelf) -> None:
    shelf.has(FIRE)
    assert shelf.finds("fire") == shelf.finds("raging") == shelf.finds("hill") == ["fire"]


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("de", "Die Häuser brannten", "Haus"),
        ("fr", "Les élections présidentielles", "élection"),
        ("es", "Las elecciones generales", "elección"),
        ("it", "Le elezioni politiche", "elezione"),
        ("pt", "As eleições gerais", "eleição"),
        ("nl", "De verkiezingen", "verkiezing"),
        ("ru", "Итоги выборов президента", "выборы"),
        ("ar", "نتائج الانتخابات في البلاد", "انتخابات"),
        ("tr", "Haberler kötü", "haber"),
    ],
)
def test_words_are_stemmed_in_the_articles_language(shelf: Shelf, language: str, text: str, typed: str) -> None:
    shelf.has(article("x", "–", text, language=language))
    assert shelf.finds(typed) == ["x"]


def test_a_language_tag_with_a_region_is_stemmed_too(shelf: Shelf) -> None:
    shelf.has(article("x", "Eleições", "As eleições gerais", language="pt-BR"))
    assert shelf.finds("eleição") == ["x"]


def test_without_a_known_language_the_words_as_written_are_found(shelf: Shelf) -> None:
    shelf.has(article("x", "Fires", "They burn.", language=None), article("y", "Liekit", "…", language="qx"))
    assert shelf.finds("fires") == ["x"]
    assert shelf.finds("liekit") == ["y"]


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("zh", "双方签署了停战协议，外交部发言人说。", "停战协议"),
        ("ja", "ウクライナ軍は停戦に合意した。", "停戦"),
        ("ko", "서울에서 휴전 회담이 열렸다.", "서울"),
        ("th", "รัฐบาลประกาศหยุดยิงวันนี้", "หยุดยิง"),
        ("hi", "चुनाव के नतीजे घोषित", "चुनाव"),
        ("ru", "Ещё одно перемирие", "еще"),
        ("el", "Η εκεχειρία ισχύει", "εκεχειρια"),
        ("ar", "أُعلِنَت الهدنة اليوم", "الهدنه"),
        ("he", "הפסקת האש נכנסה לתוקף", "האש"),
        ("uk", "Перемир'я оголошено", "оголошено"),
    ],
)
def test_every_script_is_found(shelf: Shelf, language: str, text: str, typed: str) -> None:
    shelf.has(article("x", "–", text, language=language), SPORT)
    assert shelf.finds(typed) == ["x"]


def test_a_word_in_a_script_without_spaces_is_found_whole_and_not_by_its_signs(shelf: Shelf) -> None:
    shelf.has(article("x", "议停", "战协", language="zh"))
    assert shelf.finds("停战协议") == []


def test_a_possessive_is_found_by_the_name(shelf: Shelf) -> None:
    shelf.has(TRUCE, article("curly", "Israel’s army", "–", language="fr"))
    assert sorted(shelf.finds("Israel")) == ["curly", "truce"]


def test_a_domain_is_found_by_its_parts_and_whole(shelf: Shelf) -> None:
    shelf.has(article("x", "Seen on bbc.co.uk", "–"))
    assert shelf.finds("bbc") == shelf.finds("bbc.co.uk") == ["x"]


def test_a_hyphenated_word_is_looked_for_as_a_whole(shelf: Shelf) -> None:
    shelf.has(TRUCE, article("apart", "Fire began", "They did not cease."))
    assert shelf.finds("cease-fire") == ["truce"]


def test_captions_and_embedded_posts_are_found_after_articles_about_it(shelf: Shelf) -> None:
    shelf.has(
        article("caption", images=(Image(url="https://i.example/1", caption="A zebra at the zoo"),)),
        article("embed", embeds=(Embed(kind="twitter", author="Zoo", text="Our zebra is well"),)),
        article("about", "Zebra escapes", "It ran."),
    )
    found = shelf.finds("zebra")
    assert found[0] == "about"
    assert sorted(found) == ["about", "caption", "embed"]


def test_the_standfirst_is_found(shelf: Shelf) -> None:
    shelf.has(article("x", subtitle="Ministers resign over budget"))
    assert shelf.finds("ministers") == shelf.finds("minister") == ["x"]


# --- phrases and refusals


def test_a_phrase_is_found_only_in_order(shelf: Shelf) -> None:
    shelf.has(article("a", "White House", "–"), article("b", "The house is white", "–"))
    assert shelf.finds('"white house"') == ["a"]


def test_curly_quotes_make_a_phrase_too(shelf: Shelf) -> None:
    shelf.has(article("a", "White House", "–"), article("b", "The house is white", "–"))
    assert shelf.finds("“white house”") == ["a"]


def test_a_phrase_is_not_stemmed(shelf: Shelf) -> None:
    shelf.has(FIRE)
    assert shelf.finds('"fire rage"') == []
    assert shelf.finds('"fires rage"') == ["fire"]


def test_a_phrase_does_not_reach_from_the_title_into_the_text(shelf: Shelf) -> None:
    shelf.has(article("x", "Ends with alpha", "Beta begins it."))
    assert shelf.finds('"alpha beta"') == []


def test_a_minus_takes_articles_away(shelf: Shelf) -> None:
    shelf.has(FIRE, TRUCE, SPORT)
    assert sorted(shelf.finds("-hills")) == ["sport", "truce"]
    assert shelf.finds("hills -mayor") == []
    assert sorted(shelf.finds('-"last minute"')) == ["fire", "truce"]


def test_a_refusal_inside_a_tree_is_understood(shelf: Shelf) -> None:
    shelf.has(FIRE, TRUCE, SPORT)
    neither = Not(clause=All(clauses=(Word(text="fires"), Not(clause=Word(text="goal")))))
    found = shelf.reader.search(Query(match=All(clauses=(neither, Word(text="the")))))
    assert [hit.id for hit in found.hits] == ["sport"]


# --- filters


def test_a_filter_does_not_mind_case(shelf: Shelf) -> None:
    shelf.has(article("a", source="The Moscow Times"), article("b", source="Le Monde"))
    assert shelf.finds('source:"the moscow times"') == ["a"]
    assert sorted(shelf.finds('source:"The Moscow Times","le monde"')) == ["a", "b"]


def test_a_source_can_be_taken_away(shelf: Shelf) -> None:
    shelf.has(article("a", source="A"), article("b", source="B"), article("c", source="C"))
    assert shelf.finds("-source:a,b") == ["c"]


def test_filters_of_different_fields_all_hold(shelf: Shelf) -> None:
    shelf.has(
        article("a", section="World", language="en", agency="AFP"),
        article("b", section="World", language="fr"),
        article("c", section="Sport", language="en"),
    )
    assert shelf.finds("section:world lang:en") == ["a"]
    assert shelf.finds("agency:afp") == ["a"]


def test_any_of_several_authors_is_enough(shelf: Shelf) -> None:
    shelf.has(article("a", authors=("Hervé Bar", "Ann Lee")), article("b", authors=("Bo Ek",)))
    assert shelf.finds('author:"herve bar"') == shelf.finds('author:"Ann Lee"') == ["a"]


def test_dates_limit_from_the_first_moment_to_the_last(shelf: Shelf) -> None:
    day = datetime(2026, 11, 20, tzinfo=UTC)
    shelf.has(
        article("before", published=day - timedelta(milliseconds=1)),
        article("first", published=day),
        article("last", published=day + timedelta(days=1) - timedelta(milliseconds=1)),
        article("after", published=day + timedelta(days=1)),
    )
    assert sorted(shelf.finds("published:2026-11-20")) == ["first", "last"]
    assert shelf.finds("until:2026-11-19") == ["before"]
    assert shelf.finds("since:2026-11-21") == ["after"]
    assert sorted(shelf.finds("day:2026-11-20")) == ["first", "last"]


def test_an_article_without_a_date_counts_from_when_it_was_seen(shelf: Shelf) -> None:
    seen = datetime(2026, 11, 22, 9, tzinfo=UTC)
    shelf.has(article("undated", published=None, first_seen=seen), article("dated"))
    answer = shelf.asked("until:2026-11-23")
    assert [hit.id for hit in answer.hits] == ["undated"]
    assert answer.hits[0].published is None
    assert shelf.facet("", "day") == {"2026-11-24": 1, "2026-11-22": 1}


# --- facets


def counted(shelf: Shelf) -> None:
    shelf.has(
        article("1", "Truce", source="A", language="en", authors=("X", "Y"), section="World"),
        article("2", "Truce", source="A", language="fr", authors=("X",), section="World"),
        article("3", "Truce", source="B", language="en", agency="AFP"),
        article("4", "Goal", source="C", language="en", published=NOON - timedelta(days=3)),
    )


def test_facets_count_the_articles_found(shelf: Shelf) -> None:
    counted(shelf)
    assert shelf.facet("truce", "source") == {"A": 2, "B": 1}
    assert shelf.facet("truce", "language") == {"en": 2, "fr": 1}
    assert shelf.facet("truce", "author") == {"X": 2, "Y": 1}
    assert shelf.facet("truce", "agency") == {"AFP": 1}
    assert shelf.facet("", "day") == {"2026-11-24": 3, "2026-11-21": 1}


def test_facets_come_in_the_pages_order_with_the_newest_day_first(shelf: Shelf) -> None:
    counted(shelf)
    answer = shelf.asked("")
    assert [facet.field for facet in answer.facets] == ["source", "language", "section", "author", "agency", "day"]
    assert [value.value for value in answer.facets[-1].values] == ["2026-11-24", "2026-11-21"]


def test_a_facet_ignores_its_own_filter_and_heeds_the_others(shelf: Shelf) -> None:
    counted(shelf)
    assert shelf.facet("source:a", "source") == {"A": 2, "B": 1, "C": 1}
    assert shelf.facet("source:a", "language") == {"en": 1, "fr": 1}
    assert shelf.facet("source:a lang:en", "source") == {"A": 1, "B": 1, "C": 1}
    assert shelf.facet("-source:c", "source") == {"A": 2, "B": 1}


def test_chosen_values_are_marked_also_when_nothing_carries_them(shelf: Shelf) -> None:
    counted(shelf)
    (sources,) = [facet for facet in shelf.asked("source:a,nowhere").facets if facet.field == "source"]
    assert {(value.value, value.count) for value in sources.values if value.chosen} == {("A", 2), ("nowhere", 0)}


def test_a_chosen_value_too_rare_to_be_listed_is_counted_all_the_same(shelf: Shelf) -> None:
    common = [article(f"{source}-{n}", source=f"S{source:02}") for source in range(25) for n in range(2)]
    shelf.has(*common, article("rare", source="Rare"))
    assert shelf.facet("source:rare", "source")["rare"] == 1


def test_a_very_long_value_is_stored_and_neither_counted_nor_a_reason_to_refuse(shelf: Shelf) -> None:
    long = article("long", section="x" * 40_000)
    assert [verdict.outcome for verdict in shelf.has(long)] == ["written"]
    assert shelf.facet("", "section") == {}
    assert shelf.reader.get("long") == long


def test_facets_can_be_left_out(shelf: Shelf) -> None:
    counted(shelf)
    assert shelf.reader.search(read("truce", now=NOON), facets=False).facets == ()


# --- order and paging


def test_the_title_counts_more_than_the_text(shelf: Shelf) -> None:
    shelf.has(article("text", "Quiet day", "A truce, they say."), article("title", "A truce", "Quiet day, they say."))
    assert shelf.finds("truce") == ["title", "text"]


def test_the_word_as_written_counts_more_than_another_form(shelf: Shelf) -> None:
    shelf.has(article("form", "Quiet", "It was raining hard."), article("exact", "Quiet", "It will rain hard."))
    assert shelf.finds("rain") == ["exact", "form"]


def test_of_two_equal_articles_the_fresh_one_comes_first(shelf: Shelf) -> None:
    now = datetime.now(UTC)
    shelf.has(
        article("old", "Truce", published=now - timedelta(days=200)),
        article("new", "Truce", published=now - timedelta(hours=2)),
    )
    assert shelf.finds("truce") == ["new", "old"]


def test_freshness_is_gentle(shelf: Shelf) -> None:
    now = datetime.now(UTC)
    shelf.has(
        article("old", "Truce", "The truce holds.", published=now - timedelta(days=200)),
        article("new", "Weather", f"{'Rain and wind. ' * 40} A truce.", published=now),
    )
    assert shelf.finds("truce") == ["old", "new"]


def test_newest_first_when_asked_and_when_there_are_no_words(shelf: Shelf) -> None:
    shelf.has(*(article(f"{n}", "Truce", published=NOON - timedelta(hours=n)) for n in (2, 0, 3, 1)))
    assert shelf.finds("truce", sort="newest") == shelf.finds("truce sort:newest") == shelf.finds("")
    assert shelf.finds("") == ["0", "1", "2", "3"]


def pages(shelf: Shelf, text: str, limit: int, **rest: str) -> list[list[str]]:
    found: list[list[str]] = []
    cursor: str | None = None
    while cursor or not found:
        answer = shelf.asked(text, limit=limit, cursor=cursor, **rest)  # type: ignore[arg-type]  # sort, if any
        assert answer.warnings == ()
        assert answer.total == 23
        found.append([hit.id for hit in answer.hits])
        cursor = answer.next_cursor
    return found


@pytest.mark.parametrize("sort", ["newest", "relevance"])
def test_paging_through_ties_neither_loses_nor_repeats(shelf: Shelf, sort: str) -> None:
    for start in range(0, 23, 5):
        shelf.has(*(article(f"a{n}", "Truce") for n in range(start, min(start + 5, 23))))
    found = pages(shelf, "truce", 5, sort=sort)
    assert [len(page) for page in found] == [5, 5, 5, 5, 3]
    assert sorted(id_ for page in found for id_ in page) == sorted(f"a{n}" for n in range(23))


def test_the_last_full_page_has_no_cursor(shelf: Shelf) -> None:
    shelf.has(FIRE, TRUCE)
    assert shelf.asked("", limit=2).next_cursor is None
    assert shelf.asked("", limit=1).next_cursor is not None


def test_an_article_that_arrives_meanwhile_does_not_move_the_pages_by_time(shelf: Shelf) -> None:
    shelf.has(*(article(f"{n}", published=NOON - timedelta(hours=n)) for n in range(4)))
    first = shelf.asked("", limit=2)
    shelf.has(article("late", published=NOON + timedelta(hours=1)))
    assert [hit.id for hit in shelf.asked("", limit=2, cursor=first.next_cursor).hits] == ["2", "3"]


@pytest.mark.parametrize("cursor", ["garbage", "", "e30", "W10", "é", "bnVsbA", "A" * 5000])
def test_a_cursor_that_is_none_gives_the_first_page_and_says_so(shelf: Shelf, cursor: str) -> None:
    shelf.has(FIRE)
    answer = shelf.asked("fires", cursor=cursor)
    assert [hit.id for hit in answer.hits] == ["fire"]
    assert answer.warnings == ((OTHER_CURSOR,) if cursor else ())


def test_a_cursor_of_another_question_gives_the_first_page_and_says_so(shelf: Shelf) -> None:
    shelf.has(FIRE, TRUCE, SPORT)
    cursor = shelf.asked("", limit=1).next_cursor
    answer = shelf.asked("the", limit=1, cursor=cursor)
    assert OTHER_CURSOR in answer.warnings
    assert len(answer.hits) == 1


# --- what a hit shows


def test_matches_are_marked_in_title_and_text(shelf: Shelf) -> None:
    shelf.has(FIRE)
    (hit,) = shelf.asked("fire mayor").hits
    assert shown(hit.title) == "[Fires] rage in the hills"
    assert "[mayor]" in "".join(shown(excerpt) for excerpt in hit.excerpts)


def test_where_nothing_matched_in_the_text_its_beginning_is_shown(shelf: Shelf) -> None:
    shelf.has(article("x", "Truce", "Word after word. " * 100))
    (hit,) = shelf.asked("truce").hits
    assert len(hit.excerpts) == 1
    assert shown(hit.excerpts[0]).startswith("Word after word. Word")
    assert 180 <= len(shown(hit.excerpts[0])) <= 300
    assert shown(shelf.asked("").hits[0].excerpts[0]).startswith("Word after word.")


def test_at_most_two_excerpts_are_shown_and_each_is_short(shelf: Shelf) -> None:
    filler = "Other things were said at some length about the weather and the roads. " * 8
    shelf.has(article("x", "Day", f"A truce began. {filler} The truce held. {filler} The truce ended."))
    (hit,) = shelf.asked("truce").hits
    assert len(hit.excerpts) == 2
    assert all("[truce]" in shown(excerpt) and len(shown(excerpt)) < 400 for excerpt in hit.excerpts)


def test_markup_in_a_text_stays_text(shelf: Shelf) -> None:
    shelf.has(article("x", "<b>Truce</b>", "A <script>truce</script> & more"))
    (hit,) = shelf.asked("truce").hits
    assert shown(hit.title) == "<b>[Truce]</b>"
    assert shown(hit.excerpts[0]) == "A <script>[truce]</script> & more"


def test_a_hit_carries_what_the_page_shows(shelf: Shelf) -> None:
    picture = Image(url="https://i.example/1.jpg", caption="Hills", credit="AFP")
    shelf.has(replace(FIRE, images=(picture,), authors=("Ann Lee",), agency="AFP", section="World"))
    (hit,) = shelf.asked("fires").hits
    assert (hit.id, hit.url, hit.source, hit.language) == ("fire", FIRE.url, "The Daily Test", "en")
    assert (hit.section, hit.authors, hit.agency, hit.image) == ("World", ("Ann Lee",), "AFP", picture)
    assert (hit.published, hit.first_seen) == (NOON, NOON)
    assert hit.score is not None
    assert hit.score > 0


# --- what is kept


def full() -> Article:
    return article(
        "full",
        "Überschrift",
        "First.\n\nSecond.",
        subtitle="Below",
        authors=("A B", "C D"),
        byline="A B and C D",
        published_source="json-ld",
        modified=NOON + timedelta(hours=1),
        tags=("x", "y"),
        country="fr",
        images=(Image(url="https://i.example/1", credit="AFP"),),
        embeds=(Embed(kind="youtube", url="https://y.example", published=NOON, position=1),),
        word_count=2,
        paywalled=False,
        story="s1",
        revision=3,
        site="Example",
        first_seen=NOON + timedelta(microseconds=123456),
    )


def test_an_article_comes_back_as_it_went_in(shelf: Shelf) -> None:
    shelf.has(full())
    assert shelf.reader.get("full") == full()


@pytest.mark.parametrize("id_", ["", "nobody", "../x", "a/b?c", "\x00", "é" * 600])
def test_an_id_nobody_has_is_none(shelf: Shelf, id_: str) -> None:
    assert shelf.reader.get(id_) is None


def test_a_huge_text_is_not_cut_and_is_found_by_its_last_word(shelf: Shelf) -> None:
    text = "All quiet on this front. " * 42_000 + "xylophone"
    assert len(text) > 1_000_000
    shelf.has(article("huge", "Long read", text))
    (hit,) = shelf.asked("xylophone").hits
    assert hit.excerpts
    kept = shelf.reader.get("huge")
    assert kept is not None
    assert kept.text == text


def test_half_a_surrogate_pair_does_not_stop_a_batch(shelf: Shelf) -> None:
    verdicts = shelf.has(article("broken", "Half \ud83d here", "Truce"), SPORT)
    assert [verdict.outcome for verdict in verdicts] == ["written", "written"]
    assert shelf.finds("truce") == ["broken"]


# --- writing


def test_the_same_batch_may_be_written_twice(shelf: Shelf) -> None:
    assert [verdict.outcome for verdict in shelf.has(FIRE, TRUCE)] == ["written", "written"]
    assert [verdict.outcome for verdict in shelf.has(FIRE, TRUCE)] == ["written", "written"]
    assert shelf.writer.count() == shelf.asked("").total == 2


def test_an_older_reading_never_replaces_a_newer_one(shelf: Shelf) -> None:
    newer = replace(FIRE, title="Fires are out", fetched=NOON + timedelta(seconds=1))
    assert [verdict.outcome for verdict in shelf.has(newer)] == ["written"]
    assert [verdict.outcome for verdict in shelf.has(FIRE)] == ["stale"]
    assert shelf.finds("rage") == []
    assert shelf.finds("out") == ["fire"]


def test_a_newer_reading_replaces_an_older_one_wherever_it_was_found(shelf: Shelf) -> None:
    shelf.has(FIRE)
    shelf.has(replace(FIRE, title="All is well", source="Other", fetched=NOON + timedelta(milliseconds=1)))
    assert shelf.finds("rage") == []
    assert shelf.finds("well") == shelf.finds("source:other") == ["fire"]
    assert shelf.facet("", "source") == {"Other": 1}


def test_two_readings_in_one_batch_leave_the_newer(shelf: Shelf) -> None:
    newer = replace(FIRE, title="Newer", fetched=NOON + timedelta(seconds=1))
    assert [verdict.outcome for verdict in shelf.has(newer, FIRE)] == ["written", "stale"]
    assert shelf.finds("newer") == ["fire"]


def test_a_document_that_cannot_be_stored_does_not_take_the_others_along(shelf: Shelf) -> None:
    verdicts = shelf.has(FIRE, article("x" * 600), TRUCE, article(""), article("big", word_count=2**70))
    assert [verdict.outcome for verdict in verdicts] == ["written", "rejected", "written", "rejected", "rejected"]
    assert all(verdict.reason for verdict in verdicts if verdict.outcome == "rejected")
    assert sorted(shelf.finds("")) == ["fire", "truce"]


def test_an_empty_batch_is_fine(shelf: Shelf) -> None:
    assert shelf.has() == ()


def test_a_deleted_article_is_gone_and_deleting_again_is_fine(shelf: Shelf) -> None:
    shelf.has(FIRE, TRUCE)
    shelf.writer.delete(["fire", "nobody"])
    shelf.writer.delete(["fire"])
    shelf.writer.delete([])
    shelf.writer.refresh()
    assert shelf.finds("") == ["truce"]
    assert shelf.reader.get("fire") is None
    assert shelf.writer.count() == 1


def test_preparing_again_changes_nothing(shelf: Shelf) -> None:
    shelf.has(FIRE)
    shelf.writer.prepare()
    assert shelf.finds("fires") == ["fire"]


def test_both_sides_report_their_health(shelf: Shelf) -> None:
    shelf.has(FIRE)
    assert shelf.writer.health().ok
    assert shelf.reader.health().ok
    assert shelf.writer.health().documents == shelf.reader.health().documents == 1


# --- odd questions


def test_a_store_that_is_not_there_yet_answers_nothing_and_says_why(unprepared: Shelf) -> None:
    answer = unprepared.asked("anything")
    assert (answer.total, answer.hits) == (0, ())
    assert answer.warnings == (NOTHING_YET,)
    assert unprepared.reader.get("x") is None


def test_the_querys_own_warnings_are_in_the_answer(shelf: Shelf) -> None:
    assert any("colour:" in warning for warning in shelf.asked("colour:red").warnings)


def test_an_empty_store_gives_empty_facets(shelf: Shelf) -> None:
    answer = shelf.asked("")
    assert (answer.total, answer.exact, answer.next_cursor) == (0, True, None)
    assert all(facet.values == () for facet in answer.facets)


def test_forty_words_are_answered(shelf: Shelf) -> None:
    shelf.has(article("x", "–", " ".join(f"word{n}" for n in range(40))))
    assert shelf.finds(" ".join(f"word{n}" for n in range(40))) == ["x"]


@pytest.mark.corpus
def test_strings_people_break_things_with_break_nothing(shelf: Shelf) -> None:
    if not NAUGHTY.exists():
        pytest.skip("shared/data not present")
    naughty = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    verdicts = shelf.has(*(article(f"n{n}", text, text, authors=(text,)) for n, text in enumerate(naughty)))
    assert {verdict.outcome for verdict in verdicts} == {"written"}
    for text in naughty:
        for query in (read(text, now=NOON), read(f'"{text}"', now=NOON), plain(text)):
            answer = shelf.reader.search(query, facets=False)
            assert isinstance(answer, Answer)


def plain(text: str) -> Query:
    """The text as a word and a filter, past the query language."""
    return Query(match=Word(text=text), filters=Filters(source=(text,), not_language=(text,)))
