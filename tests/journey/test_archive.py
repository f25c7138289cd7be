"""A page on a real server, and what is kept of it before the ledger hears that it was fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.archive.disks import SmallDisk
from tests.archive.readers import bodies, records
from tests.fetch.conftest import Site
from tests.journey.newsroom import Newsroom, page, serves
from workers import keeping
from workers.archive.files import OURS, members

pytestmark = pytest.mark.integration


def test_a_page_is_kept_as_it_came_before_the_ledger_hears_of_it(newsroom: Newsroom, site: Site) -> None:
    body = page("The harbour")
    site.serves("/final", body, X_Served_By="cache-7", Content_Type="text/html; charset=utf-8")
    url = site.redirects("/a", "/final")
    newsroom.announces(url)
    newsroom.fetches(url)

    fetched = newsroom.trace(url).events[-1]
    assert fetched.outcome == "fetched"
    (file,) = newsroom.folder.glob(OURS + ".open")
    assert f"archived in {file.name.removesuffix('.open')} at " in (fetched.detail or "")

    newsroom.archive.close()
    (path,) = newsroom.folder.glob(OURS)
    response = next(record for record in records(path) if record.kind == "response")
    assert (response.payload, response.url) == (body, site.url("/final"))
    assert b"X-Served-By: cache-7" in path_content(path)
    assert b"GET /final HTTP/1.1" in path_content(path)
    assert site.url("/a").encode() in path_content(path)


def path_content(path: Path) -> bytes:
    with path.open("rb") as source:
        return b"".join(content for _, _, content in members(source))


def test_a_page_that_cannot_be_kept_waits_and_goes_on_by_itself(
    newsroom: Newsroom, site: Site, disk: SmallDisk
) -> None:
    (url,) = serves(site, "/a")
    newsroom.announces(url)
    disk.room = 0
    for _ in range(12):
        newsroom.fetches(url)
    waiting = newsroom.trace(url)

    assert (waiting.stage, waiting.reason) == ("fetch", "archive-full")
    assert "No space left" in (waiting.detail or "")
    assert site.paths().count("/a") == 1

    disk.room = None
    newsroom.archive._failed = None  # its pause is over
    newsroom.fetches(url)
    newsroom.works()

    assert newsroom.trace(url).stage == "done"
    newsroom.archive.close()
    assert [len(bodies(path)) for path in newsroom.folder.glob(OURS)] == [1]


def test_with_the_archive_off_nothing_is_kept(newsroom: Newsroom, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "archive", lambda: None)
    (url,) = serves(site, "/a")
    newsroom.ingests(url)

    assert newsroom.trace(url).stage == "done"
    assert not newsroom.folder.exists()
