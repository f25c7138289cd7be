"""Fixtures every room may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import elasticsearch_for_tests


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """One real Elasticsearch for the whole run; give each test an index name of its own."""
    yield from elasticsearch_for_tests()
