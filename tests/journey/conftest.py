from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journey.service import SHARED_WORLD, World


@pytest.fixture(params=["embedded", "elasticsearch"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """A store's address and an index name of its own."""
    name = f"t{secrets.token_hex(4)}"
    if request.param == "embedded":
        return str(tmp_path / "store"), name
    return f"elasticsearch+{request.getfixturevalue('elasticsearch_url')}", name


@pytest.fixture
def world() -> Iterator[World]:
    """20 hosts with 20 articles each; every fifth host forbids a section that its feed announces."""
    if not SHARED_WORLD.exists():
        pytest.skip("shared/world not present")
    world = World("--latency-ms", "30", "--disallow", "1", hosts=20, articles=20)
    yield world
    world.stop()
