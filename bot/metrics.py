"""Prometheus metrics. Labels carry channels, intents and kinds, never a person or a text."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """All metrics of one process; also the assistant's `Observer`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._parts = Gauge(
            "xiangyin_part", "1 for each part that runs in this process", ["part"], registry=self.registry
        )
        self._turns = Counter("xiangyin_turns", "Turns taken", ["channel", "intent", "kind"], registry=self.registry)
        self._turn_seconds = Histogram(
            "xiangyin_turn_seconds", "Time of a turn", ["channel"], buckets=SECONDS, registry=self.registry
        )
        self._stage_seconds = Histogram(
            "xiangyin_stage_seconds", "Time of a stage of a turn", ["stage"], buckets=SECONDS, registry=self.registry
        )
        self._failures = Counter("xiangyin_failures", "Things that went wrong", ["where"], registry=self.registry)
        self._fallbacks = Counter(
            "xiangyin_understanding_fallbacks", "Sentences understood without Rasa", registry=self.registry
        )
        self.rasa_up = Gauge("xiangyin_rasa_up", "1 while the understanding service is ready", registry=self.registry)
        self.rasa_restarts = Gauge(
            "xiangyin_rasa_restarts", "Restarts of the understanding service", registry=self.registry
        )
        self.ear_queue = Gauge("xiangyin_ear_queue", "Recordings that wait or are worked on", registry=self.registry)
        self.entries = Gauge("xiangyin_entries", "Published curated answers", registry=self.registry)

        self._deliveries = Counter(
            "xiangyin_deliveries", "Tries to deliver a message unasked", ["channel", "outcome"], registry=self.registry
        )

        self._warnings = Counter(
            "xiangyin_warnings", "Warnings that came in", ["source", "outcome"], registry=self.registry
        )
        self._recipients = Counter(
            "xiangyin_warning_recipients", "People to whom warnings went", ["colour"], registry=self.registry
        )
        self._first_seconds = Histogram(
            "xiangyin_warning_first_seconds",
            "From the arrival of a warning to its first message",
            ["colour"],
            buckets=(0.5, 1, 2.5, 5, 10, 30, 60, 300, 600, 3600),
            registry=self.registry,
        )

    def runs(self, parts: Iterable[str]) -> None:
        """These parts run in this process."""
        for part in parts:
            self._parts.labels(part).set(1)

    def turn(self, channel: str, intent: str, kind: str, seconds: float) -> None:
        """One turn was taken."""
        self._turns.labels(channel, intent, kind).inc()
        self._turn_seconds.labels(channel).observe(seconds)

    def stage(self, stage: str, seconds: float) -> None:
        """One stage of a turn was gone through."""
        self._stage_seconds.labels(stage).observe(seconds)

    def failed(self, where: str) -> None:
        """Something went wrong."""
        self._failures.labels(where).inc()

    def fallback(self) -> None:
        """The built-in understanding answered instead of Rasa."""
        self._fallbacks.inc()

    def delivered(self, channel: str, what: str) -> None:
        """A try to deliver a message ended."""
        self._deliveries.labels(channel, what).inc()

    def warning(self, source: str, outcome: str, colour: str, recipients: int) -> None:
        """A warning came in; `source` is its kind, without what comes after a colon."""
        self._warnings.labels(source.partition(":")[0], outcome).inc()
        if recipients:
            self._recipients.labels(colour).inc(recipients)

    def first_sent(self, colour: str, seconds: float) -> None:
        """The first message of a warning has gone out."""
        self._first_seconds.labels(colour).observe(seconds)

    def text(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.registry)
