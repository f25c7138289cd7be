"""Fixtures every room may ask for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.servers import elasticsearch_for_tests

# How long an example takes says how busy the machine is.
settings.register_profile("newsdesk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("newsdesk")


@pytest.fixture(scope="session")
def elasticsearch_url() -> Iterator[str]:
    """One real Elasticsearch for the whole run; give each test an index name of its own."""
    yield from elasticsearch_for_tests()
