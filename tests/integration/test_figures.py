"""Figures over the whole database: what waits and how long, orders by state, what people said, how old sources are."""

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest

from bot.channels.web.lines import Line, Lines
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import outcome
from bot.figures import Figures
from bot.warnings.dispatch import PRIORITIES
from dialogs.messages import Reply, ReplyKind
from knowledge_base.models import FeedbackRow, QuestionRow
from knowledge_base.store import Store
from knowledge_base.warnings.terms import Colour
from knowledge_base.weather.models import ForecastRow


async def test_each_figure_is_read_anew_and_names_nobody(any_store: Store, now: datetime) -> None:
    moment = now
    outbox, registry = Outbox(any_store, lambda: moment), CollectorRegistry()
    figures, lines = Figures(registry, any_store, outbox, lambda: moment), Lines(lambda: (moment - now).total_seconds())  # noqa: PLW0108 - it changes
    lines.add("zhang", Line(None, None))  # type: ignore[arg-type]
    reply = Reply(ReplyKind.INFO, "暴雨")
    red = PRIORITIES[Colour.RED]
    async with any_store.session() as session:
        await outbox.put(
            session,
            [Envelope("web", "zhang", "a", reply, red), Envelope("web", "li", "a", reply, red), Envelope("web", "li", "b", reply)],
        )  # fmt: skip
        said = {"at": now, "channel": "web", "user": "zhang", "subject": "maize.borer", "question": "玉米"}
        session.add(FeedbackRow(id="1", verdict="wrong", **said))
        session.add(FeedbackRow(id="2", verdict="wrong", **{**said, "at": now - timedelta(days=2)}))
        asked = {
            "asked_at": now,
            "channel": "web",
            "user": "zhang",
            "text": "黄芪",
            "normalized": "黄芪",
            "reason": "x",
        }
        session.add(QuestionRow(id="1", state="waiting", **asked))
        session.add(
            ForecastRow(
                cell="1",
                source="open_meteo",
                fetched_at=now - timedelta(hours=2),
                issued_at=None,
                used_at=now,
                forecast={},
            )
        )
    moment = now + timedelta(seconds=90)
    await figures.read()
    text = generate_latest(registry).decode()
    assert 'xiangyin_outbox_waiting{channel="web",severity="red"} 2.0' in text
    assert "_seconds{channel" not in text, "who is there is known elsewhere"
    assert "xiangyin_outbox_away{" not in text
    assert 'xiangyin_outbox_waiting{channel="web",severity="ordinary"} 1.0' in text
    assert 'xiangyin_feedback_day{verdict="wrong"} 1.0' in text
    assert "xiangyin_questions_waiting 1.0" in text
    assert 'xiangyin_source_age_seconds{source="forecast:open_meteo"} 7290.0' in text
    assert "zhang" not in text

    figures.watch("web", lines.there_for)
    await figures.read()
    text = generate_latest(registry).decode()
    assert 'xiangyin_outbox_oldest_seconds{channel="web",severity="red"} 90.0' in text
    assert 'xiangyin_outbox_oldest_seconds{channel="web",severity="ordinary"} 0.0' in text, "li is not there"
    assert 'xiangyin_outbox_away{channel="web",severity="red"} 1.0' in text
    assert 'xiangyin_outbox_away{channel="web",severity="ordinary"} 1.0' in text

    for row in await outbox.claim("web", 10, timedelta(minutes=1)):
        await outbox.record(row.id, outcome(None, now=moment, expires_at=None, tries=1, faults=0))
    async with any_store.session() as session:
        (await session.get_one(QuestionRow, "1")).state = "answered"
    await figures.read()
    text = generate_latest(registry).decode()
    assert "xiangyin_outbox_waiting{" not in text, "what has gone is not shown as it was"
    assert "xiangyin_questions_waiting 0.0" in text
