"""Metrics for Prometheus: requests as they come, and what the books and sockets count by themselves."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from live.hub import Hub
from storage.database import Database

BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """One a process. `observe` fits handlers.edge.OBSERVE, `render` handlers.health.METRICS."""

    def __init__(self, db: Database, hub: Hub, position: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "shopwire_requests_total", "Answers, by route and status", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "shopwire_request_seconds",
            "Seconds from the request to its answer",
            ["route"],
            buckets=BUCKETS_SECONDS,
            registry=self._registry,
        )
        self._registry.register(_Counts(db, hub, position))

    def observe(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, status).inc()
        self._seconds.labels(route).observe(seconds)

    def render(self) -> bytes:
        return generate_latest(self._registry)


class _Counts(Collector):
    def __init__(self, db: Database, hub: Hub, position: Callable[[], int]) -> None:
        self._db = db
        self._hub = hub
        self._position = position

    def collect(self) -> Iterator[GaugeMetricFamily]:
        stats = self._db.stats
        yield GaugeMetricFamily("shopwire_writes", "Calls of verbs since the start", stats.calls)
        yield GaugeMetricFamily("shopwire_commits", "Commits since the start", stats.commits)
        yield GaugeMetricFamily("shopwire_writes_refused", "Calls that ended in a refusal or error", stats.failed)
        yield GaugeMetricFamily("shopwire_writes_waiting", "Calls handed over and not answered yet", stats.waiting)
        yield GaugeMetricFamily("shopwire_outbox_position", "Newest announced position", self._position())
        yield GaugeMetricFamily("shopwire_sockets", "Open live connections", len(self._hub.connections()))
        yield GaugeMetricFamily("shopwire_topics", "Topics that somebody watches", self._hub.topics_watched())
