"""Serve the corpus at a port, to look at it: python -m tests.browser.serve 8123."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import uvicorn

from tests.browser.corpus import desk
from tests.search.web.fakes import NOW
from workers.search.language import describe, read
from workers.search.web.app import create_app

if TYPE_CHECKING:
    from fastapi import FastAPI


def application() -> FastAPI:
    reader, journal = desk()
    return create_app(reader, journal, read=read, describe=describe, clock=lambda: NOW)


if __name__ == "__main__":
    uvicorn.run(application(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
