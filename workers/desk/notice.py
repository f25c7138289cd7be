"""What the desk tells the service manager that started it (sd_notify(3)); nothing where none did."""

from __future__ import annotations

import os
import socket
import time


class Notice:
    """Datagrams to the socket that NOTIFY_SOCKET names. A manager that cannot be reached is not waited for."""

    def __init__(self, address: str | None = None) -> None:
        self._address = address if address is not None else os.environ.get("NOTIFY_SOCKET", "")
        self._every = float(os.environ.get("WATCHDOG_USEC", "0")) / 1e6 / 4
        self._last = 0.0

    def ready(self) -> None:
        """Everything has started."""
        self._tell("READY=1")

    def alive(self) -> None:
        """The desk looks after its parts; call it as often as it does."""
        if self._every and time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """It ends on purpose."""
        self._tell("STOPPING=1")

    def _tell(self, words: str) -> None:
        if not self._address:
            return
        at = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.setblocking(False)
            try:
                told.sendto(words.encode(), at)
            except OSError:
                return  # gone, or too busy to listen: it will act on our silence
