"""Metrics: what is counted of deliveries, with nobody in it."""

from datetime import UTC, datetime, timedelta

from bot.delivery.outbox import Backlog
from bot.metrics import Metrics

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def test_deliveries_and_what_the_outbox_holds() -> None:
    metrics = Metrics()
    metrics.delivered("web", "sent")
    metrics.delivered("web", "sent")
    metrics.delivered("telegram", "blocked")
    metrics.outbox(
        [Backlog("web", 3, 2, NOW - timedelta(seconds=90)), Backlog("telegram", 1, 0, None)],
        NOW,
    )
    text = metrics.text().decode()
    assert 'xiangyin_deliveries_total{channel="web",outcome="sent"} 2.0' in text
    assert 'xiangyin_deliveries_total{channel="telegram",outcome="blocked"} 1.0' in text
    assert 'xiangyin_outbox_waiting{channel="web"} 3.0' in text
    assert 'xiangyin_outbox_oldest_seconds{channel="web"} 90.0' in text
    assert 'xiangyin_outbox_oldest_seconds{channel="telegram"} 0.0' in text


def test_a_channel_with_nothing_left_is_not_shown_as_it_was() -> None:
    metrics = Metrics()
    metrics.outbox([Backlog("web", 3, 2, NOW)], NOW)
    metrics.outbox([], NOW)
    assert 'xiangyin_outbox_waiting{channel="web"}' not in metrics.text().decode()
