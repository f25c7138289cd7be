"""The way to the broker, and what can go wrong on it without either end hearing of it."""

from __future__ import annotations

import contextlib
import socket
import threading

CHUNK = 65_536
PUBLISH = b"LPUSH"
"""The command by which a message is sent."""


class Door:
    """Passes every connection on to a port of 127.0.0.1; `swallow` and `lose_replies` are verbs for a fault."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._pairs: set[_Pair] = set()
        self._lock = threading.Lock()
        self._to_lose = 0
        self.lost = 0
        """Replies that were lost so far."""
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def swallow(self) -> int:
        """What is open now stays open and brings nothing any more, either way, as when a NAT forgets it."""
        with self._lock:
            for pair in self._pairs:
                pair.swallowed = True
            return len(self._pairs)

    def lose_replies(self, times: int) -> None:
        """Of the next so many publications the broker's reply is lost, and the connection with it."""
        with self._lock:
            self._to_lose = times

    def close(self) -> None:
        """Let nobody through any more."""
        self._listener.close()
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            pair.close()

    def loses(self, sent: bytes) -> bool:
        """Whether the reply to what was sent is one that is lost."""
        if PUBLISH not in sent.upper():
            return False
        with self._lock:
            if not self._to_lose:
                return False
            self._to_lose -= 1
            self.lost += 1
            return True

    def forget(self, pair: _Pair) -> None:
        """A connection that has ended."""
        with self._lock:
            self._pairs.discard(pair)

    def _accept(self) -> None:
        while True:
            try:
                ours, _ = self._listener.accept()
            except OSError:
                return  # closed
            try:
                theirs = socket.create_connection(("127.0.0.1", self._to), timeout=5)
            except OSError:
                ours.close()
                continue
            theirs.settimeout(None)
            pair = _Pair(self, ours, theirs)
            with self._lock:
                self._pairs.add(pair)
            pair.start()


class _Pair:
    """One connection through the door."""

    def __init__(self, door: Door, ours: socket.socket, theirs: socket.socket) -> None:
        self._door, self._ours, self._theirs = door, ours, theirs
        self.swallowed = False
        self._loses_reply = False

    def start(self) -> None:
        for source, to in ((self._ours, self._theirs), (self._theirs, self._ours)):
            threading.Thread(target=self._pump, args=(source, to), daemon=True).start()

    def close(self) -> None:
        for end in (self._ours, self._theirs):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._door.forget(self)

    def _pump(self, source: socket.socket, to: socket.socket) -> None:
        try:
            while data := source.recv(CHUNK):
                if self.swallowed:
                    continue
                if source is self._ours and self._door.loses(data):
                    self._loses_reply = True
                elif source is self._theirs and self._loses_reply:
                    break
                to.sendall(data)
        except OSError:
            pass  # the other end closed it
        if not self.swallowed:
            self.close()
