"""`newsdesk feeds …` as an operator types it, over a small web and a small ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.cli.web import NOW, Web, page, rss
from tests.search.web.fakes import FakeJournal, polls
from tests.search.web.fakes import feed as known_feed
from workers.cli import app, feeds
from workers.errors import ConfigError, TryAgain
from workers.model import Feed, FeedMemory
from workers.poll.catalogue import load as load_catalogue
from workers.settings import load

HOME = "https://gazette.test/"
FEED = "application/rss+xml"
A = Feed(name="A", url="https://a.test/rss", source="A")


class Desk:
    """The command line with its configuration, its web and its ledger in the hands of a test."""

    def __init__(self, folder: Path) -> None:
        self.file, self.web, self.journal = folder / "feeds.toml", Web(), FakeJournal()
        (folder / "service.toml").touch()
        self.file.write_text('# mine\n[[feed]]\nname = "A"\nurl = "https://a.test/rss"\n', encoding="utf-8")
        self.settings = load({"NEWSDESK_CONFIG": str(folder), "NEWSDESK_FETCH__GAP_SECONDS": "0"})

    def types(self, *words: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, ["feeds", *words], input=answer, env={"COLUMNS": "200"})

    def fails(self, *words: str) -> str:
        """What the one line says."""
        error = self.types(*words).exception
        assert isinstance(error, ConfigError), error
        return str(error)

    def feeds(self) -> dict[str, Feed]:
        return {feed.name: feed for feed in load_catalogue(self.file)}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = Desk(tmp_path)
    monkeypatch.setattr(feeds, "settings", lambda: made.settings)
    monkeypatch.setattr(feeds, "getter", lambda: made.web)
    monkeypatch.setattr(feeds, "journal", lambda: made.journal)
    monkeypatch.setattr(feeds, "clock", lambda: NOW)
    yield made
    assert made.file.read_text(encoding="utf-8").startswith("# mine\n")
    assert not made.file.with_suffix(".draft").is_file()


def two_feeds(web: Web) -> None:
    web.serves(HOME, page("/world.xml|World", "/sport.xml|Sport", language="en"))
    web.serves(f"{HOME}world.xml", rss("Gazette: World & All", "a", "b", "c", more="<language>en-gb</language>"), FEED)
    web.serves(f"{HOME}sport.xml", rss("Gazette Sport", "s"), FEED)


# --- add


def test_the_only_feed_of_a_site_is_added_under_a_short_name(desk: Desk) -> None:
    desk.web.serves(HOME, page("/feed|RSS", name="The Gazette"))
    desk.web.serves(f"{HOME}feed", rss("Gazette: World & All", "a", more="<language>en-gb</language>"), FEED)

    result = desk.types("add", "gazette.test/")

    assert result.exit_code == 0, result.output
    assert desk.feeds()["gazette-world-all"] == Feed(
        name="gazette-world-all", url=f"{HOME}feed", source="The Gazette", language="en-gb"
    )


def test_several_are_shown_and_without_a_terminal_it_is_said_how_to_choose(desk: Desk) -> None:
    two_feeds(desk.web)

    result = desk.types("add", HOME)

    assert f"{HOME}world.xml" in result.output
    assert f"{HOME}sport.xml" in result.output
    assert "named by the page" in result.output
    assert "choose with --pick N, or the first with --first" in str(result.exception)
    assert list(desk.feeds()) == ["A"]


@pytest.mark.parametrize(("option", "name"), [(("--pick", "2"), "gazette-sport"), (("--first",), "gazette-world-all")])
def test_one_of_several_is_picked_by_number_or_as_the_first(desk: Desk, option: tuple[str, ...], name: str) -> None:
    two_feeds(desk.web)

    assert desk.types("add", HOME, *option).exit_code == 0
    assert set(desk.feeds()) == {"A", name}


def test_at_a_terminal_the_operator_is_asked_until_the_number_is_one(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_feeds(desk.web)
    monkeypatch.setattr(feeds, "is_terminal", lambda: True)

    result = desk.types("add", HOME, answer="7\n2\n")

    assert result.exit_code == 0, result.output
    assert "one of 1, 2" in result.output
    assert "gazette-sport" in desk.feeds()


def test_what_the_operator_says_of_the_feed_is_written(desk: Desk) -> None:
    two_feeds(desk.web)
    said = ("--name", "gz", "--source", "GZ", "--language", "fr", "--country", "gb", "--section", "World / Asia")

    assert desk.types("add", HOME, "--pick", "1", "--every", "15m", *said).exit_code == 0
    assert desk.feeds()["gz"] == Feed(
        name="gz",
        url=f"{HOME}world.xml",
        source="GZ",
        language="fr",
        country="GB",
        section="World / Asia",
        every=timedelta(minutes=15),
    )


def test_a_dry_run_shows_and_changes_nothing(desk: Desk) -> None:
    two_feeds(desk.web)

    result = desk.types("add", HOME, "--dry-run")

    assert result.exit_code == 0
    assert "Gazette Sport" in result.output
    assert list(desk.feeds()) == ["A"]


def test_an_address_that_is_listed_is_never_added_again(desk: Desk) -> None:
    desk.web.serves(HOME, page("https://A.test/rss|RSS"))
    desk.web.serves("https://A.test/rss", rss("A", "x"), FEED)

    assert "is listed already, as 'A'" in desk.fails("add", "https://a.test/rss/")
    assert desk.web.asked == []
    assert "all that was found is listed already" in desk.fails("add", HOME)
    assert "listed already" in desk.types("add", HOME, "--dry-run").output


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        (("--name", "A"), "name: 'A' is taken"),
        (("--language", "English!"), "language: must be a language code"),
        (("--country", "GBR"), "country: must be a country code"),
        (("--pick", "3"), "--pick: 3: is none of those that can be added: 1, 2"),
        (("--every", "soon"), "--every: soon: must be a time"),
    ],
)
def test_what_cannot_be_is_one_line_that_says_what_would_be_right(
    desk: Desk, said: tuple[str, ...], problem: str
) -> None:
    two_feeds(desk.web)

    assert problem in desk.fails("add", HOME, "--pick", "1", *said)
    assert list(desk.feeds()) == ["A"]


def test_a_language_that_only_the_feed_claims_is_left_out_where_it_is_none(desk: Desk) -> None:
    desk.web.serves(f"{HOME}feed", rss("Gazette", "a", more="<language>en-nothing-like-a-language</language>"), FEED)

    assert desk.types("add", f"{HOME}feed").exit_code == 0
    assert desk.feeds()["gazette"].language is None


@pytest.mark.parametrize("url", ["gopher://gazette.test/feed", "https://nowhere.test/", "https://empty.test/"])
def test_a_site_without_a_feed_ends_as_an_expected_nothing(desk: Desk, url: str) -> None:
    desk.web.serves("https://empty.test/", page())

    result = desk.types("add", url)

    assert result.exit_code == 3
    assert result.output.strip()


# --- import, export


def test_a_list_is_imported_and_what_cannot_be_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "list.opml").write_text(
        '<opml version="2.0"><body><outline text="World"><outline text="Line&#10;break" xmlUrl="https://b.test/rss" '
        'language="English"/></outline><outline text="A" xmlUrl="https://c.test/rss" language="de"/>'
        '<outline text="Again" xmlUrl="https://A.test/rss/"/><outline text="Odd" xmlUrl="mailto:x"/>'
        '<outline text="User" xmlUrl="https://me:pw@d.test/"/><outline text="Вести" xmlUrl="https://vesti.test/rss"/>'
        "</body></opml>",
        encoding="utf-8",
    )

    result = desk.types("import", str(tmp_path / "list.opml"))

    told = {feed.name: (feed.source, feed.section, feed.language) for feed in desk.feeds().values()}
    assert told == {
        "A": ("A", None, None),
        "line-break": ("Line break", "World", None),
        "a-2": ("A", None, "de"),
        "vesti-test": ("Вести", None, None),
    }
    assert "Odd: no web address" in result.output
    assert "User: url: must be an address" in result.output
    assert "3 feeds added" in result.output
    assert "1 listed already, 2 skipped" in result.output


def test_what_is_exported_is_imported_elsewhere(desk: Desk, tmp_path: Path) -> None:
    exported = desk.types("export").stdout
    (tmp_path / "mine.opml").write_text(exported, encoding="utf-8")
    desk.file.write_text("# mine\n", encoding="utf-8")

    assert desk.types("import", str(tmp_path / "mine.opml")).exit_code == 0
    assert [(feed.source, feed.url) for feed in desk.feeds().values()] == [("A", "https://a.test/rss")]


def test_a_feeds_toml_that_cannot_be_written_is_a_clear_line(desk: Desk) -> None:
    desk.web.serves(f"{HOME}feed", rss("Gazette", "a"), FEED)
    desk.file.with_suffix(".draft").mkdir()

    assert "cannot be written" in desk.fails("add", f"{HOME}feed")


# --- check


def test_a_check_explains_what_is_heard_and_asks_a_second_time_with_the_validators(desk: Desk) -> None:
    more = "<ttl>30</ttl>"
    desk.web.serves(
        "https://a.test/rss", rss("A daily", "x", "y", more=more), FEED, etag='"1"', cache_control="max-age=300"
    )
    desk.web.serves("https://a.test/robots.txt", "User-agent: *\nCrawl-delay: 7\nDisallow: /rss\n", "text/plain")

    result = desk.types("check", "A")

    assert result.exit_code == 0, result.output
    for said in (
        *("A daily", "all well", "status 200", "work (ETag)", "rss20, 2 entries with summaries", "1 hour ago"),
        *("all entries have one", "5 min between two requests (max-age)", "30 min between two requests (ttl)"),
        *("disallowed by robots.txt for newsdesk, Crawl-delay 7 s", "next poll"),
    ):
        assert said in result.output, said
    assert desk.web.validators == [(None, None), (None, None), ('"1"', None)]


def test_a_check_names_what_is_odd(desk: Desk) -> None:
    body = rss("A", "x", "y", age=-timedelta(hours=5)).replace("<guid>y", "<guid>x")
    body = body.replace("<channel>", "<channel><skipHours><hour>3</hour><hour>14</hour></skipHours>")
    desk.web.serves("https://b.test/feed", body, "text/html", etag='"1"', x_never_304="yes")
    desk.web.redirects("https://a.test/rss", "https://b.test/feed")

    result = desk.types("check", "a")

    for said in (
        *("once, to https://b.test/feed, for good", "are ignored (ETag)", "text/html", "2 of 2 in the future"),
        *("1 of 2 entries with the guid of another", "no request in the hour after 03:00, 14:00 GMT (skipHours)"),
    ):
        assert said in result.output, said


def test_a_check_of_a_feed_that_is_not_well_ends_with_3_and_says_when_it_would_be_asked_again(desk: Desk) -> None:
    desk.web.serves("https://a.test/rss", page(), "text/html")

    result = desk.types("check", "A")

    assert result.exit_code == 3
    assert "it looks like an HTML page" in result.output
    assert "1st failure in a row" in result.output


def test_a_check_as_json_carries_the_facts(desk: Desk) -> None:
    desk.web.fails("https://a.test/rss", TryAgain("timeout", "20 s"))
    failed = json.loads(desk.types("check", "A", "--json").stdout)
    desk.web.serves("https://a.test/rss", rss("A", "x"), FEED)
    well = json.loads(desk.types("check", "https://a.test/rss", "--json").stdout)

    assert failed["trouble"] == "timeout: 20 s"
    assert (well["trouble"], well["entries"], well["conditional"]) == (None, 1, "are impossible")
    assert well["next_poll"].endswith("+00:00")


def test_all_feeds_are_checked_in_one_line_each(desk: Desk) -> None:
    with desk.file.open("a", encoding="utf-8") as file:
        file.write('[[feed]]\nname = "B"\nurl = "https://b.test/rss"\n[[feed]]\nname = "C"\nurl = "https://b.test/c"\n')
    desk.web.serves("https://a.test/rss", rss("A", "x"), FEED)
    desk.web.serves("https://b.test/c", rss("C"), FEED)

    result = desk.types("check")
    listed = json.loads(desk.types("check", "--json").stdout)

    assert result.exit_code == 3
    assert "✓ A  rss20, 1 entries, newest 1 hour ago" in result.output
    assert "✗ B  status 404" in result.output
    assert "✗ C  a valid rss20 document that lists nothing" in result.output
    assert "3 feeds, 2 not well" in result.output
    assert [one["name"] for one in listed] == ["A", "B", "C"]


def test_a_name_nobody_has_is_one_line(desk: Desk) -> None:
    assert "no feed is called 'nope'" in desk.fails("check", "nope")
    assert "no feed is called 'nope'" in desk.fails("show", "nope")


# --- list, show


def standing(journal: FakeJournal) -> None:
    memory = FeedMemory(polled=NOW, next_poll=NOW + timedelta(minutes=6), gap=timedelta(hours=2))
    journal.subscribe(known_feed("zeta"), memory, polls("new:1", "unchanged"), indexed=7)
    broken = FeedMemory(failures=3, polled=NOW, found="https://b.test/new", hub="https://hub.test/")
    journal.subscribe(known_feed("beta", source="Beta Post"), broken, polls("failed", "new:2"), dead=4)
    journal.subscribe(known_feed("alpha"), FeedMemory(gone=True, polled=NOW), polls("gone"))


def test_feeds_are_listed_with_their_state_and_figures(desk: Desk) -> None:
    standing(desk.journal)

    rows = {line.split()[0]: line for line in desk.types("list").stdout.splitlines()}

    assert list(rows) == ["feed", "alpha", "beta", "zeta"]
    assert "fine" in rows["zeta"]
    assert "in 6 minutes" in rows["zeta"]
    assert "12" in rows["zeta"]
    assert "50%" in rows["zeta"]
    assert "never" in rows["alpha"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--failing",), ["alpha", "beta"]),
        (("--sort", "articles"), ["zeta", "alpha", "beta"]),
        (("--sort", "failures"), ["beta", "alpha", "zeta"]),
        (("--sort", "next"), ["zeta", "alpha", "beta"]),
        (("--sort", "state"), ["beta", "alpha", "zeta"]),
    ],
)
def test_the_list_is_sorted_and_narrowed(desk: Desk, options: tuple[str, ...], names: list[str]) -> None:
    standing(desk.journal)

    assert [one["feed"]["name"] for one in json.loads(desk.types("list", "--json", *options).stdout)] == names


def test_nothing_failing_says_so(desk: Desk) -> None:
    desk.journal.subscribe(known_feed(), FeedMemory(polled=NOW), polls("new:1"))

    assert "none of 1 feeds needs a look" in desk.types("list", "--failing").output


def test_one_feed_is_shown_poll_by_poll_with_the_reason_for_everything(desk: Desk) -> None:
    standing(desk.journal)

    shown = desk.types("show", "beta post").stdout
    as_json = json.loads(desk.types("show", "beta", "--json").stdout)

    for said in (
        *("failing", "It failed the last 3 times (status 503: the server is overloaded)", "https://b.test/new"),
        *("https://hub.test/", "4 set aside", "24 Nov 2026, 14:01:00 UTC", "48 kB", "0.4 s"),
    ):
        assert said in shown, said
    assert as_json["state"] == "failing"
    assert as_json["polls"][0]["status"] == 503


def test_without_a_ledger_the_list_is_what_is_configured(desk: Desk) -> None:
    desk.journal.breaks("away")

    result = desk.types("list", "--json")

    assert [one["feed"]["name"] for one in json.loads(result.stdout)] == ["A"]
    assert "feeds.toml only" in result.stderr


# --- poll


class FakeLedger:
    """Follows A; B is just being asked."""

    def ask(self, name: str) -> str:
        return {"A": "now", "B": "again"}.get(name, "off")


def test_an_operator_can_have_a_feed_asked_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "ledger", FakeLedger)

    assert "A is asked at its host's next turn" in desk.types("poll", "A").output


def test_a_feed_the_service_does_not_follow_cannot_be_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "ledger", FakeLedger)

    result = desk.types("poll", "https://elsewhere.test/rss")

    assert result.exit_code == 3
    assert "follows no feed" in result.output
