"""The HTTP client against real servers on loopback, well-behaved and hostile."""

from __future__ import annotations

import gzip
import os
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.fetch.conftest import Site, loopback
from workers.errors import Fate, GiveUp, TryAgain
from workers.fetch.client import Client
from workers.settings import Fetching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

    from workers.model import Reply

pytestmark = pytest.mark.integration

LIMIT = 1_000_000

LOOPBACK = [
    *("127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1"),
    *("017700000001", "0177.0.0.1", "0177.1", "0x7F.0x0.0x0.0x1", "0", "0.0.0.0", "00.0.0.0", "127.0.0.1."),
    *("localhost", "LOCALHOST", "localhost.", "news.localhost", "ⓛocalhost", "１２７.0.0.1", "①②⑦.⓪.⓪.①"),
    *("127。0。0。1", "127．0．0．1", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::127.0.0.1]", "[::ffff:127.0.0.1]"),
    *("[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[2002:7f00:1::]", "[2001:0:7f00:1::]", "example.org@127.0.0.1", "127.0.0.1:80@127.0.0.1"),
]
"""38 ways to write one's own machine."""


def get(client: Client, url: str, **wanted: object) -> Reply:
    return client.get(url, **{"limit": LIMIT, "accept": "*/*", **wanted})  # type: ignore[arg-type] # one default for all


def given_up(client: Client, url: str, **wanted: object) -> GiveUp:
    with pytest.raises(GiveUp) as raised:
        get(client, url, **wanted)
    assert raised.value.url
    return raised.value


def test_an_answer_comes_with_status_headers_and_body(site: Site, client: Client) -> None:
    url = site.serves("/feed", b"<rss/>", ETag='"v1"', X_Twice="a")
    reply = get(client, url)
    assert (reply.status, reply.body, reply.url) == (200, b"<rss/>", url)
    assert reply.headers["etag"] == '"v1"'
    assert (reply.hops, reply.permanent, reply.redirect) == ((), False, None)


def test_any_status_is_an_answer(site: Site, client: Client) -> None:
    assert get(client, site.serves("/gone", b"", 410)).status == 410
    assert get(client, site.url("/never-laid-out")).status == 404


def test_validators_are_sent_back_byte_for_byte(site: Site, client: Client) -> None:
    url = site.serves("/feed", status=304)
    reply = get(client, url, etag='W/"a-gzip"', last_modified="Tue, 24 Nov 2026 10:00:00 GMT")
    assert reply.status == 304
    headers = site.asked[0][1]
    assert headers["if-none-match"] == 'W/"a-gzip"'
    assert headers["if-modified-since"] == "Tue, 24 Nov 2026 10:00:00 GMT"


def test_we_say_who_we_are_and_nothing_else(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
    client = Client(loopback(contact="https://desk.example/bot"))
    url = site.serves("/a", Set_Cookie="id=1")
    get(client, url, accept="text/html")
    get(client, url, accept="text/html")
    headers = site.asked[1][1]
    assert headers["user-agent"] == "newsdesk/0.1 (+https://desk.example/bot)"
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}
    assert "gzip" in headers["accept-encoding"]


def test_a_header_cannot_be_smuggled_in_through_a_validator(site: Site, client: Client) -> None:
    get(client, site.serves("/a"), etag='"x"\r\nX-Evil: 1')
    assert "x-evil" not in site.asked[0][1]


def test_compressed_bodies_arrive_decoded(site: Site, client: Client) -> None:
    body = b"news " * 1000
    assert get(client, site.serves("/gz", gzip.compress(body), Content_Encoding="gzip")).body == body


def test_the_lines_of_an_exchange_are_kept_byte_for_byte_where_they_are_wanted(site: Site, client: Client) -> None:
    said = b"HTTP/1.1 200 Fine\r\ncontent-TYPE: text/html\r\nX-Caf\xc3\xa9: \xe9\r\nX-Empty:\r\n"

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n")
        handler.wfile.write(said + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n")
        handler.close_connection = True

    site.redirects("/a", "/b")
    site.answers("/b", answer)
    reply = get(client, site.url("/a"), heads=True)

    assert reply.body == b"ok"
    assert reply.heads is not None
    assert reply.heads.heard == said + b"Transfer-Encoding: chunked\r\n\r\n"
    assert reply.heads.sent.startswith(b"GET /b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % site.port)
    assert reply.heads.sent.endswith(b"\r\n\r\n")
    assert reply.heads.address == "127.0.0.1"
    assert get(client, site.url("/a")).heads is None


def test_redirects_within_the_host_are_followed_and_told(site: Site, client: Client) -> None:
    start = site.redirects("/a", "/b?x=1", 301)
    site.redirects("/b?x=1", "../c", 308)
    site.serves("/c", b"here")
    reply = get(client, start)
    assert (reply.body, reply.url) == (b"here", site.url("/c"))
    assert reply.hops == (start, site.url("/b?x=1"))
    assert reply.permanent


def test_one_temporary_hop_makes_the_move_temporary(site: Site, client: Client) -> None:
    start = site.redirects("/a", "/b", 301)
    site.redirects("/b", "/c", 302)
    site.serves("/c")
    assert not get(client, start).permanent


def test_another_host_is_named_and_not_asked(site: Site, client: Client) -> None:
    start = site.redirects("/a", site.url("/b", host="localhost"), 301)
    reply = get(client, start)
    assert reply.redirect == site.url("/b", host="localhost")
    assert reply.permanent
    assert reply.hops == (start,)
    assert site.paths() == ["/a"]


def test_a_redirect_with_a_raw_utf8_location_is_understood(site: Site, client: Client) -> None:
    start = site.redirects("/a", "/caf\u00e9".encode().decode("latin-1"))
    site.serves("/caf%C3%A9", b"here")
    assert get(client, start).body == b"here"


def test_a_loop_is_given_up(site: Site, client: Client) -> None:
    start = site.redirects("/a", "/b")
    site.redirects("/b", "/a")
    assert given_up(client, start).reason == "redirect-loop"
    assert site.paths() == ["/a", "/b"]


def test_an_endless_chain_is_given_up_after_the_allowed_hops(site: Site) -> None:
    for number in range(9):
        site.redirects(f"/{number}", f"/{number + 1}")
    assert given_up(Client(loopback(redirects=3)), site.url("/0")).reason == "too-many-redirects"
    assert site.paths() == ["/0", "/1", "/2", "/3"]


def test_a_redirect_to_another_scheme_is_given_up(site: Site, client: Client) -> None:
    assert given_up(client, site.redirects("/a", "file:///etc/hostname")).reason == "bad-url"


def test_a_body_over_the_limit_is_refused_by_its_length_or_as_it_comes(site: Site, client: Client) -> None:
    assert given_up(client, site.serves("/long", b"x" * (LIMIT + 1))).reason == "too-large"
    assert len(get(client, site.serves("/fits", b"x" * LIMIT)).body) == LIMIT


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_refused_once_the_decoded_limit_is_reached(site: Site, client: Client, layers: int) -> None:
    bomb = squeezed(60)
    bomb = gzip.compress(bomb) if layers == 2 else bomb
    url = site.serves("/bomb", bomb, Content_Encoding=", ".join(["gzip"] * layers))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert given_up(client, url).reason == "too-large"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_the_body_of_a_redirect_is_not_read(site: Site, client: Client) -> None:
    start = site.serves("/a", squeezed(60), 302, Location="/b", Content_Encoding="gzip")
    site.serves("/b", b"here")
    assert get(client, start).body == b"here"


def test_a_type_not_wanted_is_refused_before_its_body(site: Site, client: Client) -> None:
    def film(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp4")
        handler.send_header("Content-Length", str(LIMIT // 2))
        handler.end_headers()

    refused = given_up(client, site.answers("/film", film), types=("text/html",))
    assert (refused.reason, refused.detail) == ("unsupported-type", "video/mp4")


def test_types_bind_only_successes_and_only_where_one_is_said(site: Site, client: Client) -> None:
    wanted = ("text/html",)
    assert get(client, site.serves("/page", Content_Type="Text/HTML; charset=x"), types=wanted).status == 200
    assert get(client, site.serves("/lost", b"{}", 404, Content_Type="application/json"), types=wanted).status == 404
    assert get(client, site.serves("/mute", Content_Type=""), types=wanted).status == 200


def test_the_deadline_bounds_a_body_that_drips(site: Site) -> None:
    assert_times_out(site, lambda handler: dripping(handler, "Content-Length: 100000\r\n\r\n", b"x"))


def test_the_deadline_bounds_headers_that_drip(site: Site) -> None:
    assert_times_out(site, lambda handler: dripping(handler, "", b"X: y\r\n"))


def test_endless_headers_are_refused(site: Site, client: Client) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 60_000 + b"\r\n")
        handler.wfile.write(b"X: " + b"y" * 60_000 + b"\r\n\r\n")
        handler.close_connection = True

    assert given_up(client, site.answers("/a", endless)).reason == "too-large"


def test_a_cut_transfer_is_tried_again(site: Site, client: Client) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        handler.close_connection = True

    with pytest.raises(TryAgain) as raised:
        get(client, site.answers("/a", cut))
    assert raised.value.reason == "broken-transfer"


def test_nobody_listening_is_tried_again(client: Client) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(TryAgain) as raised:
            get(client, f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert raised.value.reason == "connect"


def test_a_name_that_cannot_be_is_a_dns_failure(client: Client) -> None:
    with pytest.raises(TryAgain) as raised:
        get(client, f"http://{'a' * 64}.invalid/")
    assert raised.value.reason == "dns"


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path: Path, client: Client) -> None:
    with selfsigned(tmp_path) as port, pytest.raises(TryAgain) as raised:
        get(client, f"https://127.0.0.1:{port}/")
    assert raised.value.reason == "tls"


@pytest.mark.parametrize("name", LOOPBACK)
def test_no_spelling_of_loopback_reaches_it(site: Site, name: str) -> None:
    guarded = Client(loopback(allow_networks=(), ports=(80, 443, site.port)))
    with pytest.raises(Fate) as raised:
        get(guarded, site.url("/secret", host=name))
    assert raised.value.reason in ("refused-address", "bad-url", "dns", "connect")
    assert site.asked == []


def test_the_plain_spelling_is_refused_for_the_right_reason(site: Site) -> None:
    guarded = Client(loopback(allow_networks=(), ports=(80, 443, site.port)))
    assert given_up(guarded, site.url("/secret")).detail == "127.0.0.1 is not a public address"


@pytest.mark.parametrize("name", LOOPBACK)
def test_no_redirect_reaches_a_network_that_is_not_allowed(site: Site, name: str) -> None:
    canary = site_elsewhere()
    try:
        open_door = Client(loopback(allow_networks=("127.0.0.1/32",)))
        there = name.replace("127.0.0.1", "127.0.0.2").replace("7f00:1", "7f00:2").replace("7f00:0001", "7f00:2")
        start = site.redirects("/a", f"http://{quote(there, safe='[]:@.')}:{canary.port}/secret")
        with pytest.raises(Fate):
            follow(open_door, start)
        assert canary.asked == []
    finally:
        canary.close()


def test_connections_are_kept_for_the_next_request_and_threads_do_not_share_them(site: Site, client: Client) -> None:
    peers: list[int] = []
    url = site.answers("/a", noting(peers))
    get(client, url)
    get(client, url)
    assert len(set(peers)) == 1
    threads = [threading.Thread(target=get, args=(client, url)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(peers)) == 5


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_worker_opens_its_own_connection(site: Site, client: Client) -> None:
    peers: list[int] = []
    url = site.answers("/a", noting(peers))
    get(client, url)
    if (child := os.fork()) == 0:
        os._exit(0 if get(client, url).status == 200 else 1)
    assert os.waitpid(child, 0)[1] == 0
    get(client, url)
    assert peers[0] == peers[2] != peers[1]


@pytest.fixture
def postbox(site: Site) -> Site:
    """The site, taking POST as it takes GET, one a connection."""
    handler: Any = site._server.RequestHandlerClass

    def read_and_answer(request: Any) -> None:
        length = int(request.headers["Content-Length"])
        request.rfile = BytesIO(request.rfile.read(length))  # an unread body would be taken for the next request
        request.close_connection = True
        request.do_GET()

    handler.do_POST = read_and_answer
    return site


def test_a_post_sends_its_body_once_and_in_its_type(postbox: Site) -> None:
    heard: list[tuple[str, dict[str, str], bytes]] = []
    url = postbox.answers("/hub", noting_posts(heard, 202))
    client = Client(loopback(user_agent="newsdesk/9", contact="https://desk.example/bot"))
    body = b"a=b&c=" + b"\x00\xff" * 1_000_000
    reply = client.post(url, body, "application/x-www-form-urlencoded", LIMIT)
    assert (reply.status, reply.body) == (202, b"taken")
    ((verb, headers, sent),) = heard
    assert (verb, sent == body) == ("POST", True)
    assert headers["content-type"] == "application/x-www-form-urlencoded"
    assert headers["user-agent"] == "newsdesk/9 (+https://desk.example/bot)"
    assert "expect" not in headers


def test_a_get_after_a_post_is_a_get(postbox: Site, client: Client) -> None:
    heard: list[tuple[str, dict[str, str], bytes]] = []
    url = postbox.answers("/hub", noting_posts(heard, 202))
    client.post(url, b"", "text/plain", LIMIT)
    get(client, url)
    assert [(verb, sent) for verb, _, sent in heard] == [("POST", b""), ("GET", b"")]


@pytest.mark.parametrize(("status", "permanent"), [(307, False), (308, True)])
def test_a_redirected_post_is_told_and_goes_nowhere(
    postbox: Site, client: Client, status: int, permanent: bool
) -> None:
    url = postbox.redirects("/hub", "/other", status)
    reply = client.post(url, b"secret", "text/plain", LIMIT)
    assert (reply.status, reply.redirect, reply.hops) == (status, postbox.url("/other"), (url,))
    assert reply.permanent == permanent
    assert postbox.paths() == ["/hub"]


def test_a_post_is_bounded_and_guarded_as_a_get_is(postbox: Site, client: Client) -> None:
    with pytest.raises(GiveUp) as refused:
        Client(Fetching(ports=(postbox.port,))).post(postbox.url(), b"x", "text/plain", LIMIT)
    assert refused.value.reason == "refused-address"
    assert postbox.asked == []
    with pytest.raises(GiveUp) as large:
        client.post(postbox.serves("/big", b"x" * 2_000), b"x", "text/plain", 1_000)
    assert large.value.reason == "too-large"
    url = postbox.answers("/slow", lambda handler: dripping(handler, "\r\n", b"x"))
    with pytest.raises(TryAgain) as slow:
        Client(loopback(deadline_seconds=1)).post(url, b"x", "text/plain", LIMIT)
    assert slow.value.reason == "timeout"


def test_a_header_cannot_be_smuggled_in_through_the_type_of_a_post(postbox: Site, client: Client) -> None:
    client.post(postbox.serves("/hub"), b"x", "text/plain\r\nX-Evil: 1", LIMIT)
    assert "x-evil" not in postbox.asked[0][1]


def noting_posts(
    heard: list[tuple[str, dict[str, str], bytes]], status: int
) -> Callable[[BaseHTTPRequestHandler], None]:
    """Writes down (verb, headers, body) of each request."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        heard.append((handler.command, headers, handler.rfile.read(int(headers.get("content-length", "0")))))
        handler.send_response(status)
        handler.send_header("Content-Length", "5")
        handler.end_headers()
        handler.wfile.write(b"taken")

    return answer


def follow(client: Client, url: str) -> Reply:
    """Ask, and ask where another host is named."""
    reply = get(client, url)
    return follow(client, reply.redirect) if reply.redirect else reply


def squeezed(megabytes: int) -> bytes:
    """So many megabytes of zeros, gzipped."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def noting(peers: list[int]) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer, and note from which port each request came: the same port is the same connection."""

    def note(handler: BaseHTTPRequestHandler) -> None:
        peers.append(handler.client_address[1])
        handler.send_response(200)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return note


def dripping(handler: BaseHTTPRequestHandler, head: str, drop: bytes) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + head.encode())
    for _ in range(600):
        try:
            handler.wfile.write(drop)
            handler.wfile.flush()
        except OSError:
            break
        time.sleep(0.1)
    handler.close_connection = True


def assert_times_out(site: Site, answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    url = site.answers("/slow", answer)
    with pytest.raises(TryAgain) as raised:
        get(Client(loopback(deadline_seconds=1)), url)
    assert raised.value.reason == "timeout"


def site_elsewhere() -> Site:
    try:
        return Site("127.0.0.2")
    except OSError:
        pytest.skip("this system has one loopback address only")


class selfsigned:  # noqa: N801 # reads as a verb where it is used
    """A TLS server whose certificate only it believes."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            pytest.skip("no openssl to make a certificate")
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"]
        subprocess.run([*made, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._shake_hands)

    def __enter__(self) -> int:
        self._thread.start()
        return int(self._socket.getsockname()[1])

    def __exit__(self, *_: object) -> None:
        self._thread.join()
        self._socket.close()

    def _shake_hands(self) -> None:
        peer, _ = self._socket.accept()
        with peer:
            try:
                self._context.wrap_socket(peer, server_side=True).close()
            except OSError:
                return  # the client hung up, as it should


SMALLER_BOMBS = """
import asyncio, importlib.util, sys
spec = importlib.util.spec_from_file_location("evil_server", sys.argv[1])
evil = importlib.util.module_from_spec(spec)
spec.loader.exec_module(evil)
full = evil.gz
evil.gz = lambda megabytes: full(min(megabytes, 100))
asyncio.run(evil.main(int(sys.argv[2])))
"""
"""The shared hostile server, but for its 10 GB bomb, which takes half a minute to make."""


@pytest.fixture(scope="module")
def hostile() -> Iterator[int]:
    """The shared hostile server, in a process of its own; yields its port."""
    file = Path(__file__).parents[2].parent / "shared" / "attacks" / "evil_server.py"
    if not file.exists():
        pytest.skip("shared/attacks not present")
    pytest.importorskip("brotli", reason="the hostile server needs the package brotli")
    pytest.importorskip("zstandard", reason="the hostile server needs the package zstandard")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-c", SMALLER_BOMBS, str(file), str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert any(line.startswith("ready") for line in process.stdout)
            yield port
        finally:
            process.kill()


@pytest.mark.parametrize(
    "attack",
    [
        *("gzip", "br", "zstd", "gzip2", "manyenc", "slowbody", "slowhead", "bighead", "longhead"),
        *("infinite", "100s", "loop"),
    ],
)
def test_every_hostile_answer_ends_in_a_fate_and_little_memory(hostile: int, attack: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Fate):
        get(Client(loopback(deadline_seconds=3)), f"http://127.0.0.1:{hostile}/{attack}")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


@pytest.mark.parametrize("attack", ["redir_gzip", "chunkext"])
def test_a_hostile_answer_that_can_be_read_past_is(hostile: int, attack: str) -> None:
    assert get(Client(loopback()), f"http://127.0.0.1:{hostile}/{attack}").status == 200
