"""The figures as Prometheus reads them. Labels are systems, states and roles: never a person, a reason, a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bot.chat.acks import SECONDS, Acks
from bot.store.figures import Figures

Look = Callable[[], Figures | None]


class Told(Collector):
    """Looks when it is asked. Where the database is away, what this process knows by itself is told all the same."""

    def __init__(self, look: Look, acks: Acks, build: Mapping[str, str], *, ready: bool) -> None:
        self.look, self.acks, self.build, self.ready = look, acks, build, ready

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        yield InfoMetricFamily("usher_build", "What runs here.", value=dict(self.build))
        yield GaugeMetricFamily("usher_ready", "1 when this process could work.", value=float(self.ready))
        yield _answers(self.acks)
        found = self.look()
        if found is not None:
            yield from _work(found)


def page(look: Look, acks: Acks, build: Mapping[str, str], *, ready: bool) -> bytes:
    """The page that Prometheus fetches."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Told(look, acks, build, ready=ready))
    return generate_latest(registry)


def _answers(acks: Acks) -> Metric:
    running, buckets = 0, []
    for bound, count in zip([*map(str, SECONDS), "+Inf"], acks.counts, strict=True):
        running += count
        buckets.append((bound, float(running)))
    told = HistogramMetricFamily("usher_ack_seconds", "How long people waited for an answer of this process.")
    told.add_metric([], buckets, acks.total)
    return told


def _work(found: Figures) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "usher_overdue_revocation_seconds",
        "Age of the oldest thing that should be gone by now and is not.",
        value=found.overdue,
    )
    yield GaugeMetricFamily("usher_outbox_depth", "Messages not sent yet.", value=found.outbox[0])
    yield GaugeMetricFamily("usher_outbox_age_seconds", "Age of the oldest of them.", value=found.outbox[1])
    steps = GaugeMetricFamily("usher_steps", "Steps of requests that are not over.", labels=["state", "system"])
    for (state, system), count in sorted(found.steps.items()):
        steps.add_metric([state, system], count)
    yield steps
    depth, age = (
        GaugeMetricFamily("usher_queue_depth", "Steps that could run now and do not yet.", labels=["system"]),
        GaugeMetricFamily("usher_queue_age_seconds", "Age of the oldest of them.", labels=["system"]),
    )
    for system, (count, oldest) in sorted(found.queued.items()):
        depth.add_metric([system], count)
        age.add_metric([system], oldest)
    yield from (depth, age)
    retries = CounterMetricFamily("usher_retries", "Tries after the first, ever.", labels=["system"])
    for system, count in sorted(found.retries.items()):
        retries.add_metric([system], count)
    yield retries
    paused = "1 while people let Usher change nothing but what locks."
    yield GaugeMetricFamily("usher_paused", paused, value=float(found.paused))
    yield _gauge("usher_breaker_open", "1 while a system is left alone.", "system", found.breakers)
    yield _gauge("usher_replicas", "Processes seen in the last seconds.", "role", found.replicas)


def _gauge(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    told = GaugeMetricFamily(name, about, labels=[label])
    for key, value in sorted(values.items()):
        told.add_metric([key], float(value))
    return told
