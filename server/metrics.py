"""Metrics for Prometheus: requests as they come, and what the books and sockets count by themselves."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate

from msgspec import json
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from handlers.answered import Answered
from live.hub import Hub
from server.workers.colleagues import Colleagues
from storage.database import Database

BUCKETS_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)

MAX_UNCOUNTED = 250
"""Answers that are kept to be counted together."""


class Metrics:
    """One a process. `observe` hears of every answer (handlers.edge.OBSERVE), `render` handlers.health.METRICS."""

    def __init__(self, db: Database, hub: Hub, position: Callable[[], int], colleagues: Colleagues) -> None:
        self._colleagues = colleagues
        colleagues.answer("metrics", lambda _body: json.encode(self._families()))
        self._registry = CollectorRegistry()
        self._requests = _Requests()
        self._registry.register(self._requests)
        self._registry.register(_Counts(db, hub, position))
        self.observe = self._requests.observe

    async def render(self) -> bytes:
        """All that this process counts; with workers, what each of them does, told apart by the label `worker`."""
        if self._colleagues.number is None:
            return generate_latest(self._registry)
        found = {self._colleagues.number: self._families()}
        for number, answer in await self._colleagues.ask("metrics"):
            found[number] = json.decode(answer, type=list[Family])
        return generate_latest(_Whole(found, self._colleagues.restarts))

    def _families(self) -> "list[Family]":
        return [
            (one.name, one.documentation, one.type, [(s.name, s.labels, s.value) for s in one.samples])
            for one in self._registry.collect()
        ]


Family = tuple[str, str, str, list[tuple[str, dict[str, str], float]]]
"""A metric on its way from one worker to another: name, words, kind, and its samples with their labels."""


class _Whole:
    """What all workers count, as one registry."""

    def __init__(self, found: Mapping[int, Sequence[Family]], restarts: int) -> None:
        self._found = found
        self._restarts = restarts

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("shopwire_workers", "Workers that answer", len(self._found))
        yield CounterMetricFamily("shopwire_worker_restarts", "Workers that were replaced", self._restarts)
        families: dict[str, Metric] = {}
        for number, told in sorted(self._found.items()):
            for name, words, kind, samples in told:
                whole = families.setdefault(name, Metric(name, words, kind))
                for sample, labels, value in samples:
                    whole.add_sample(sample, labels | {"worker": str(number)}, value)
        yield from families.values()


class _Requests(Collector):
    """Answers, counted on the loop's thread alone, so without a lock, and many in a row: that costs a third of what each costs
    among other work."""

    def __init__(self) -> None:
        self._uncounted: list[Answered] = []
        self._answers: Counter[tuple[str, int]] = Counter()
        self._within: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS_SECONDS) + 1))
        self._seconds: dict[str, float] = defaultdict(float)

    def observe(self, answer: Answered) -> None:
        self._uncounted.append(answer)
        if len(self._uncounted) >= MAX_UNCOUNTED:
            self._count()

    def _count(self) -> None:
        uncounted, self._uncounted = self._uncounted, []
        for _, _, _, route, status, seconds in uncounted:
            self._answers[route, status] += 1
            self._within[route][bisect_left(BUCKETS_SECONDS, seconds)] += 1
            self._seconds[route] += seconds

    def collect(self) -> Iterator[Metric]:
        self._count()
        answers = CounterMetricFamily("shopwire_requests", "Answers, by route and status", labels=["route", "status"])
        for (route, status), count in self._answers.items():
            answers.add_metric([route, str(status)], count)
        yield answers
        times = HistogramMetricFamily(
            "shopwire_request_seconds", "Seconds from the request to its answer", labels=["route"]
        )
        limits = [*map(str, BUCKETS_SECONDS), "+Inf"]
        for route, within in self._within.items():
            times.add_metric([route], list(zip(limits, accumulate(within), strict=True)), self._seconds[route])
        yield times


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
