"""Prometheus reads the ledger's counters from the page's server."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from tests.search.web.conftest import Visitor
from tests.search.web.fakes import FakeJournal


def samples(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *(sample.labels[label] for label in ("room", "outcome") if label in sample.labels)): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_every_counter_of_the_ledger_is_a_metric(visitor: Visitor, journal: FakeJournal) -> None:
    journal.counts_to(
        {
            "fetch:fetched": 7,
            "fetch:robots": 2,
            "fetch:runs": 9,
            "seconds:fetch": 1.5,
            "waiting:extract": 3,
            "waiting:dead": 2,
            "last_tick": 1_800_000_000_000,
        }
    )

    found = samples(visitor.get("/metrics").text)

    assert found["newsdesk_outcomes_total", "fetch", "fetched"] == 7
    assert found["newsdesk_outcomes_total", "fetch", "robots"] == 2
    assert found["newsdesk_runs_total", "fetch"] == 9
    assert found["newsdesk_work_seconds_total", "fetch"] == 1.5
    assert found["newsdesk_waiting", "extract"] == 3
    assert found["newsdesk_set_aside",] == 2
    assert found["newsdesk_last_tick_timestamp_seconds",] == 1_800_000_000


def test_without_a_ledger_there_are_no_metrics_and_no_zeros_either(visitor: Visitor, journal: FakeJournal) -> None:
    journal.breaks("the ledger is away")

    assert visitor.get("/metrics").status_code == 503
