from __future__ import annotations

import gzip
import http.client
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import feedparser
import lxml.html
import pytest

from workers.desk.site.server import Site, start

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with start() as running:
        yield running


def trap(site: Site, reason: str) -> str:
    return next(address for address, why in site.traps.items() if why == reason)


def ask(site: Site, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(site.base.removeprefix("http://"))
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        reply = connection.getresponse()
        return reply.status, dict(reply.getheaders()), reply.read()
    finally:
        connection.close()


def test_the_announced_page_that_is_no_article_says_so(site: Site) -> None:
    page = lxml.html.fromstring(ask(site, trap(site, "not-article").removeprefix(site.base))[2])

    assert page.xpath("string(//meta[@property='og:type']/@content)") == "website"
    assert not page.xpath("//article|//p")


def test_the_address_that_a_feed_still_announces_is_gone(site: Site) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404") as missing:
        urllib.request.urlopen(trap(site, "not-found"))
    missing.value.close()


def test_feeds_are_ready_to_be_configured(site: Site) -> None:
    feeds = {feed.name: feed for feed in site.feeds()}

    assert feeds["abendkurier"].language == "de"
    assert feeds["abendkurier"].source == "Abendkurier"
    assert feeds["meridian"].language is None
    for feed in feeds.values():
        with urllib.request.urlopen(feed.url) as reply:
            assert reply.headers["Content-Type"].endswith("+xml")


def test_all_but_the_three_traps_are_expected(site: Site) -> None:
    announced = sum(
        len(feedparser.parse(ask(site, feed.url.removeprefix(site.base))[2]).entries) for feed in site.feeds()
    )

    assert site.expected == announced - len(site.traps)
    assert set(site.traps.values()) == {"robots", "not-found", "not-article"}


def test_an_unchanged_feed_is_not_sent_again(site: Site) -> None:
    path = site.feeds()[0].url.removeprefix(site.base)
    _, headers, body = ask(site, path)

    assert ask(site, path, If_None_Match=headers["ETag"])[0::2] == (304, b"")
    assert ask(site, path, If_Modified_Since=headers["Last-Modified"])[0::2] == (304, b"")
    assert ask(site, path, If_None_Match='"other"', If_Modified_Since=headers["Last-Modified"])[0::2] == (200, body)


def test_a_date_that_is_none_is_no_condition(site: Site) -> None:
    assert ask(site, "/robots.txt", If_Modified_Since="last week")[0] == 200


def test_whoever_takes_gzip_gets_the_same_bytes_smaller(site: Site) -> None:
    path = site.feeds()[0].url.removeprefix(site.base)
    plain = ask(site, path)[2]
    _, headers, packed = ask(site, path, Accept_Encoding="gzip, br")

    assert headers["Content-Encoding"] == "gzip"
    assert len(packed) < len(plain) / 2
    assert gzip.decompress(packed) == plain


def test_a_head_request_gets_the_headers_only(site: Site) -> None:
    request = urllib.request.Request(f"{site.base}/robots.txt", method="HEAD")
    with urllib.request.urlopen(request) as reply:
        assert int(reply.headers["Content-Length"]) > 0
        assert reply.read() == b""


def test_a_query_does_not_change_the_page(site: Site) -> None:
    assert ask(site, "/robots.txt?utm_source=rss")[2] == ask(site, "/robots.txt")[2]


def test_every_visit_is_remembered(site: Site) -> None:
    before = datetime.now(UTC)
    ask(site, "/nowhere?x=1", User_Agent="newsdesk/0.1")

    visit = next(visit for visit in site.visits if visit.path == "/nowhere?x=1")
    assert (visit.status, visit.user_agent) == (404, "newsdesk/0.1")
    assert before <= visit.came <= visit.left <= datetime.now(UTC)


def test_requests_in_flight_at_once_are_counted() -> None:
    with start(delay=timedelta(seconds=0.5)) as slow:
        readers = [threading.Thread(target=ask, args=(slow, "/robots.txt")) for _ in range(3)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()

        assert slow.max_in_flight == 3


def test_requests_one_after_the_other_are_never_two_in_flight() -> None:
    with start() as polite:
        for _ in range(5):
            ask(polite, "/robots.txt")

        assert polite.max_in_flight == 1
        assert len(polite.visits) == 5


def test_closing_hangs_up_on_a_client_that_keeps_its_connection() -> None:
    closing = start()
    connection = http.client.HTTPConnection(closing.base.removeprefix("http://"))
    connection.request("GET", "/robots.txt")
    connection.getresponse().read()

    closing.close()

    assert connection.sock.recv(1) == b""
    connection.close()


def test_a_port_in_use_is_refused(site: Site) -> None:
    with pytest.raises(OSError, match="in use"):
        start(int(site.base.rpartition(":")[2]))


@pytest.mark.integration
def test_the_site_runs_on_its_own_and_ends_when_told() -> None:
    command = [sys.executable, "-m", "workers.desk.site"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True) as process:
        assert process.stdout is not None
        base = process.stdout.readline().strip()
        try:
            with urllib.request.urlopen(f"{base}/robots.txt") as reply:
                assert b"Disallow" in reply.read()
        finally:
            process.terminate()
            process.wait()

    assert process.returncode == 0
