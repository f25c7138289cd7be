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


def test_how_late_articles_are_found_is_a_histogram(visitor: Visitor, journal: FakeJournal) -> None:
    journal.counts_to({"delay:30": 4, "delay:90": 2, "delay:more": 1, "seconds:delay": 5000.5})

    families = {family.name: family for family in text_string_to_metric_families(visitor.get("/metrics").text)}

    found = families["newsdesk_discovery_seconds"].samples
    reached = {sample.labels["le"]: sample.value for sample in found if "le" in sample.labels}
    assert (reached["30"], reached["60"], reached["90"], reached["+Inf"]) == (4, 4, 6, 7)
    assert next(sample.value for sample in found if sample.name.endswith("_sum")) == 5000.5


def test_without_a_ledger_there_are_no_metrics_and_no_zeros_either(visitor: Visitor, journal: FakeJournal) -> None:
    journal.breaks("the ledger is away")

    assert visitor.get("/metrics").status_code == 503
