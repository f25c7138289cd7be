"""The way to Elasticsearch, and what clusters under stress answer."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Weather = Literal["fair", "down", "busy", "unavailable", "slow"]
PASSED_ON = ("content-type", "x-elastic-product", "accept")
SLOW_SECONDS = 6.0
REASONS = {429: "es_rejected_execution_exception", 503: "no_master_block_exception"}


class StoreDoor:
    """Passes requests on to an Elasticsearch; `weather` says how they fare, `poison` whose document is spoilt."""

    def __init__(self, url: str) -> None:
        self.weather: Weather = "fair"
        self.poison: str | None = None
        """The address of an article whose date becomes one that the mapping refuses."""
        at = urlsplit(url)
        door = self

        class Handler(BaseHTTPRequestHandler):
            """One connection of a client."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                """Pass it on, or not."""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                weather = door.weather
                if weather == "down":
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                if weather == "slow":
                    time.sleep(SLOW_SECONDS)
                if weather in ("busy", "unavailable") and "_bulk" in self.path:
                    self._refuse(429 if weather == "busy" else 503)
                    return
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                self._pass_on(door.spoilt(body) if "_bulk" in self.path else body)

            do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 # as http.server names them

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def _pass_on(self, body: bytes) -> None:
                headers = {name: value for name in PASSED_ON if (value := self.headers.get(name))}
                upstream = http.client.HTTPConnection(at.hostname or "", at.port or 80, timeout=60)
                upstream.request(self.command, self.path, body or None, headers)
                answer = upstream.getresponse()
                self._answer(answer.status, answer.read(), answer.headers.get("Content-Type") or "application/json")
                upstream.close()

            def _refuse(self, status: int) -> None:
                error = {"type": REASONS[status], "reason": "as the weather is"}
                self._answer(status, json.dumps({"error": error, "status": status}).encode(), "application/json")

            def _answer(self, status: int, body: bytes, kind: str) -> None:
                self.send_response(status)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def spoilt(self, bulk: bytes) -> bytes:
        """A bulk request in which the poison article's document is one that no mapping takes."""
        if not self.poison or self.poison.encode() not in bulk:
            return bulk
        lines = bulk.split(b"\n")
        return b"\n".join(self._spoilt(line) for line in lines)

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def _spoilt(self, line: bytes) -> bytes:
        document = json.loads(line) if line.startswith(b'{"id"') else {}
        if document.get("url") != self.poison:
            return line
        return json.dumps({**document, "first_seen": "when it was too late"}).encode()
