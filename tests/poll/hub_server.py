"""A WebSub hub on loopback that does what a test says, and our door for hubs behind a real server."""

from __future__ import annotations

import hmac
import secrets
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen

import uvicorn
from fastapi import FastAPI

from workers.poll.callbacks import Callbacks
from workers.search.web.hub import routes


class Hub:
    """Takes requests for subscriptions (202) into `wanted`; `verifies`, `denies` and `publishes` act on them."""

    def __init__(self) -> None:
        self.wanted: list[dict[str, str]] = []
        self.verified: dict[str, dict[str, str]] = {}
        self.lease = timedelta(days=7)
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
                hub.wanted.append({name: values[0] for name, values in parse_qs(form).items()})
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the standard library's name
                """Quiet: the test says what it saw."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def verifies(self) -> list[tuple[int, str]]:
        """Ask each subscriber whether it meant it; (status, type) of each answer. One that echoes is subscribed."""
        answers = []
        for wanted in self.wanted:
            challenge = secrets.token_hex(8)
            lease = str(int(self.lease.total_seconds()))
            question = {"hub.mode": "subscribe", "hub.topic": wanted["hub.topic"]}
            question |= {"hub.challenge": challenge, "hub.lease_seconds": lease}
            status, kind, body = called(wanted["hub.callback"] + "?" + urlencode(question))
            answers.append((status, kind))
            if status == 200 and body == challenge.encode():
                self.verified[wanted["hub.callback"]] = wanted
        self.wanted.clear()
        return answers

    def denies(self, reason: str) -> list[int]:
        """Refuse what was asked for, and say so; the statuses of the answers. The requests stay in `wanted`."""
        question = [{"hub.mode": "denied", "hub.topic": one["hub.topic"], "hub.reason": reason} for one in self.wanted]
        asked = zip(self.wanted, question, strict=True)
        return [called(one["hub.callback"] + "?" + urlencode(words))[0] for one, words in asked]

    def publishes(self, body: bytes, *, secret: str | None = None) -> list[int]:
        """Bring `body` to all subscribers, signed; the statuses of their answers. One that says 410 is dropped."""
        answers = []
        for callback, wanted in list(self.verified.items()):
            signature = hmac.new((secret or wanted["hub.secret"]).encode(), body, "sha256").hexdigest()
            headers = {"Content-Type": "application/rss+xml", "X-Hub-Signature": f"sha256={signature}"}
            status, _, _ = called(callback, body, headers)
            answers.append(status)
            if status == 410:
                del self.verified[callback]
        return answers

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Door:
    """Our callback routes alone, served by uvicorn on a free port."""

    def __init__(self, callbacks: Callbacks, limit: int) -> None:
        app = FastAPI()
        app.include_router(routes(callbacks, limit))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the door did not open"
            time.sleep(0.01)

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()


def called(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str, bytes]:
    """(status, content type, body) of one request, whatever the status."""
    try:
        with urlopen(Request(url, body, headers or {})) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except HTTPError as error:
        with error:
            return error.code, error.headers.get_content_type(), error.read()
