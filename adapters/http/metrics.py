"""Figures for Prometheus, in a registry of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.http.ports import Figures
from bot.models import TicketState

TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_QUANTILES: Final = (0.5, 0.95, 1.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """`took` counts a request; `text` is what Prometheus reads."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "deskhand_http_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "deskhand_http_request_seconds", "How long requests took.", ["method", "route"], registry=self._registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30),
        )  # fmt: skip
        self._parts = Gauge(
            "deskhand_part_up", "Whether a part that messages need works.", ["part"], registry=self._registry
        )

    def took(self, seconds: float, *, method: str, route: str, status: int) -> None:
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self, *, parts: Mapping[str, bool], figures: Figures | None) -> bytes:
        """Without the figures of the store if they could not be had."""
        for part, works in parts.items():
            self._parts.labels(part).set(works)
        stored = CollectorRegistry()
        if figures:
            stored.register(_Stored(figures))
        return generate_latest(self._registry) + generate_latest(stored)


class _Stored(Collector):
    """What the store told just now."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> list[Metric]:
        figures = self._figures
        waiting = GaugeMetricFamily("deskhand_waiting", "Events to work on and posts to send.", labels=["box"])
        waiting.add_metric(["inbox"], figures.inbox)
        waiting.add_metric(["outbox"], figures.outbox)
        tickets = GaugeMetricFamily("deskhand_tickets", "Tickets by state.", labels=["state"])
        for state in get_args(TicketState):
            tickets.add_metric([state], figures.tickets.get(state, 0))
        outcomes = GaugeMetricFamily(
            "deskhand_questions_last_day", "Questions of the last 24 hours by outcome.", labels=["outcome"]
        )
        for outcome, count in figures.outcomes.items():
            outcomes.add_metric([outcome], count)
        return [
            CounterMetricFamily("deskhand_events_accepted", "Events ever accepted.", value=figures.accepted),
            waiting,
            tickets,
            outcomes,
            _quantiles("deskhand_decision_seconds", "From acceptance to decision, of the latest.", figures.deciding),
            _quantiles("deskhand_delivery_seconds", "From decision to post, of the latest.", figures.sending),
        ]


def _quantiles(name: str, help: str, spans: Sequence[timedelta]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help, labels=["quantile"])
    seconds = sorted(span.total_seconds() for span in spans)
    for quantile in _QUANTILES if seconds else ():
        family.add_metric([f"{quantile:g}"], seconds[min(int(quantile * len(seconds)), len(seconds) - 1)])
    return family
