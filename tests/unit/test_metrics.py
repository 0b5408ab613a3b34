"""Metrics: what is counted of deliveries, with nobody in it."""

from bot.metrics import Metrics


def test_deliveries() -> None:
    metrics = Metrics()
    metrics.delivered("web", "sent")
    metrics.delivered("web", "sent")
    metrics.delivered("telegram", "blocked")
    text = metrics.text().decode()
    assert 'xiangyin_deliveries_total{channel="web",outcome="sent"} 2.0' in text
    assert 'xiangyin_deliveries_total{channel="telegram",outcome="blocked"} 1.0' in text
