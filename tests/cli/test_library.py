"""`newsdesk parse` and `newsdesk extract`, also over every real feed and page: an answer or a reason, never a crash."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from workers.cli import app, library  # noqa: F401 # registers its verbs

DATA = Path(__file__).parents[2].parent / "shared" / "data"
PAGES = Path(__file__).parents[1] / "pages"
needs_data = pytest.mark.skipif(not DATA.exists(), reason="shared/data not present")


def newsdesk(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def crashed(result: Result) -> bool:
    return result.exception is not None and not isinstance(result.exception, SystemExit)


def test_a_feed_is_printed_as_json(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_text(
        "<rss version='2.0'><channel><title>Gazette</title><item><title>Ferry late</title>"
        "<link>/ferry</link></item></channel></rss>"
    )

    result = newsdesk("parse", str(file), "--url", "https://gazette.test/feed.xml", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["entries"][0]["url"] == "https://gazette.test/ferry"


def test_what_is_no_feed_ends_with_3_and_says_what_it_looks_like(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<!doctype html><html><body><h1>Home</h1></body></html>")

    result = newsdesk("parse", str(file))

    assert result.exit_code == 3
    assert "HTML" in result.stdout


def test_an_article_is_printed_as_json() -> None:
    url = "https://gazette.test/world/talks.html"

    result = newsdesk("extract", str(PAGES / "agency-report.html"), "--url", url, "--json")

    assert result.exit_code == 0
    article = json.loads(result.stdout)
    assert article["agency"] == "AFP"
    assert article["images"][0]["credit"]
    assert article["url"] == url


def test_a_page_that_is_no_article_ends_with_3_and_the_reason(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<!doctype html><html><body><p>Three words only.</p></body></html>")

    result = newsdesk("extract", str(file), "--url", "https://gazette.test/a.html")

    assert result.exit_code == 3
    assert "refused: too-short" in result.stdout


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = newsdesk("parse", str(tmp_path / "nothing.xml"))

    assert result.exit_code == 2
    assert "nothing.xml: No such file" in result.output


def feeds() -> Iterator[bytes]:
    for entry in json.loads((DATA / "feeds" / "index.json").read_text(encoding="utf-8")):
        body = (DATA / "feeds" / entry["file"]).read_bytes()
        yield gzip.decompress(body) if entry["file"].endswith(".gz") else body
    for entry in json.loads((DATA / "sitemaps" / "index.json").read_text(encoding="utf-8")):
        yield (DATA / "sitemaps" / entry["file"]).read_bytes()


@needs_data
@pytest.mark.integration
def test_every_real_feed_is_read_or_refused_and_none_crashes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, ends = tmp_path / "feed", Counter[int]()
    for body in feeds():
        file.write_bytes(body)
        result = newsdesk("parse", str(file), "--json")
        assert not crashed(result), result.exception
        ends[result.exit_code] += 1

    with capsys.disabled():
        print(f"\nparse: {ends[0]} feeds read, {ends[3]} refused, 0 crashed")  # noqa: T201 # the figure is the point
    assert set(ends) <= {0, 3}
    assert ends[0] >= 0.95 * ends.total()


@needs_data
@pytest.mark.integration
def test_real_pages_are_read_or_refused_and_none_crashes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One in six: all of them are read by tests/extract/test_corpus.py, and here the verb is what is tried."""
    file, ends = tmp_path / "page", Counter[int]()
    for listing in sorted((DATA / "pages").glob("*.jsonl")):
        for line in listing.read_text(encoding="utf-8").splitlines()[::6]:
            page = json.loads(line)
            file.write_bytes(gzip.decompress((DATA / "pages" / page["file"]).read_bytes()))
            result = newsdesk("extract", str(file), "--url", page["url"] or "https://unknown.test/page", "--json")
            assert not crashed(result), (page["url"], result.exception)
            ends[result.exit_code] += 1

    with capsys.disabled():
        print(f"\nextract: {ends[0]} pages read, {ends[3]} refused, 0 crashed")  # noqa: T201 # the figure is the point
    assert set(ends) <= {0, 3}
    assert ends[0] >= 0.95 * ends.total()
