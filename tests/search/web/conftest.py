"""The page as a visitor meets it, over a fake store and a fake ledger."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.search.web.fakes import NOW, FakeJournal, FakeReader
from workers.search.language import describe, read
from workers.search.web.app import create_app

if TYPE_CHECKING:
    from fastapi import FastAPI


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Asks the application, no server between."""

    app: FastAPI

    def get(self, address: str, *, patient: bool = True, **headers: str) -> httpx.Response:
        """`patient` False takes the page of a defect instead of its exception."""
        return asyncio.run(self._ask("GET", address, patient, headers))

    def ask(self, verb: str, address: str) -> httpx.Response:
        """With another verb than GET."""
        return asyncio.run(self._ask(verb, address, True, {}))

    async def _ask(self, verb: str, address: str, patient: bool, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=patient)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
            return await client.request(verb, address, headers={k.replace("_", "-"): v for k, v in headers.items()})


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture
def journal() -> FakeJournal:
    return FakeJournal()


@pytest.fixture
def visitor(reader: FakeReader, journal: FakeJournal) -> Visitor:
    return Visitor(app=create_app(reader, journal, read=read, describe=describe, clock=lambda: NOW))
