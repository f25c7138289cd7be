"""The ledger's counters in Prometheus' words: one truth, whichever process did the work."""

from collections.abc import Iterable, Mapping, Sequence

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from workers.ledger.journal import DELAYS
from workers.ledger.yields import SiteYield
from workers.search.web.sources import OpenDesk
from workers.settings import ROOMS

GAUGES = {
    "waiting:dead": ("newsdesk_set_aside", "Articles among the dead letters."),
    "waiting:done": ("newsdesk_indexed", "Articles that reached the index."),
    "paused": (
        "newsdesk_paused",
        "1 while fetching stands still on purpose: the index is behind, or something is full.",
    ),
}
MOMENTS = {
    "last_indexed": ("newsdesk_last_indexed_timestamp_seconds", "When the latest article reached the index."),
    "last_tick": ("newsdesk_last_tick_timestamp_seconds", "When the timetable last struck."),
}

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics(desk: OpenDesk) -> Response:
    """What the rooms have done and what waits; 503 while the ledger cannot be read."""
    return Response(exposition(desk.journal.counts(), desk.journal.yields()), media_type=CONTENT_TYPE_LATEST)


def exposition(counts: Mapping[str, float], yields: Sequence[SiteYield] = ()) -> bytes:
    """The counters as text (https://prometheus.io/docs/instrumenting/exposition_formats/)."""
    registry = CollectorRegistry()
    registry.register(Counts(counts))
    registry.register(Yields(yields))
    return generate_latest(registry)


class Yields(Collector):
    """What each site's pages gave today: gauges, because they begin anew each day."""

    def __init__(self, yields: Sequence[SiteYield]) -> None:
        self._yields = yields

    def collect(self) -> Iterable[Metric]:
        """One sample a site and outcome."""
        pages = GaugeMetricFamily("newsdesk_site_pages", "Pages understood today.", labels=["site", "outcome"])
        broken = GaugeMetricFamily("newsdesk_site_broken", "1: it gives less than the week before.", labels=["site"])
        for one in self._yields:
            for outcome, count in sorted(one.today.outcomes.items()):
                pages.add_metric([one.site, outcome], count)
            broken.add_metric([one.site], int(one.problem is not None))
        yield from (pages, broken)


class Counts(Collector):
    """`Journal.counts` as metric families."""

    def __init__(self, counts: Mapping[str, float]) -> None:
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        """The families; a counter that was never touched is absent."""
        outcomes = CounterMetricFamily("newsdesk_outcomes", "How steps ended.", labels=["room", "outcome"])
        runs = CounterMetricFamily("newsdesk_runs", "Steps carried out.", labels=["room"])
        claims = CounterMetricFamily("newsdesk_claims", "Times that a job was taken.", labels=["room"])
        seconds = CounterMetricFamily("newsdesk_work_seconds", "Time spent working.", labels=["room"])
        waiting = GaugeMetricFamily("newsdesk_waiting", "Jobs that wait in a room.", labels=["room"])
        for name, value in sorted(self._counts.items()):
            first, _, rest = name.partition(":")
            if first in ROOMS and rest == "runs":
                runs.add_metric([first], value)
            elif first == "claims" and rest in ROOMS:
                claims.add_metric([rest], value)
            elif first in ROOMS:
                outcomes.add_metric([first, rest], value)
            elif first == "seconds" and rest in ROOMS:
                seconds.add_metric([rest], value)
            elif first == "waiting" and rest in ROOMS:
                waiting.add_metric([rest], value)
        yield from (outcomes, runs, claims, seconds, waiting)
        yield self._discovery()
        for key, (name, meaning) in GAUGES.items():
            yield GaugeMetricFamily(name, meaning, value=self._counts.get(key, 0))
        for key, (name, meaning) in MOMENTS.items():
            yield GaugeMetricFamily(name, meaning, value=self._counts.get(key, 0) / 1000)

    def _discovery(self) -> Metric:
        """Between an article's publication and its announcement to us, where it was published while we listened."""
        reached, buckets = 0.0, []
        for bound in (*DELAYS, None):
            reached += self._counts.get(f"delay:{bound or 'more'}", 0)
            buckets.append((str(bound or "+Inf"), reached))
        name, meaning = "newsdesk_discovery_seconds", "From an article's publication to its announcement."
        return HistogramMetricFamily(name, meaning, buckets=buckets, sum_value=self._counts.get("seconds:delay", 0))
