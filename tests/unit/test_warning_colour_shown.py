"""The colour that a channel shows a warning in: of what holds, not of what has ended; and it survives the outbox."""

from datetime import timedelta

from bot.channels.web.protocol import ReplyOut
from bot.delivery.outbox import payload
from dialogs.messages import Reply, ReplyKind
from knowledge_base.warnings.alert import Colour, MsgType
from tests.fakes.alarm import after
from tests.unit.test_warning_text import NINE, between, shown


def test_what_holds_has_its_colour_and_what_has_ended_none() -> None:
    alert = between(NINE, 10)
    assert [shown(alert, colour).colour for colour in (*Colour, None)] == ["red", "orange", "yellow", "blue", None]
    cancel = after(alert, "b", NINE + timedelta(hours=1), MsgType.CANCEL)
    assert shown(cancel, Colour.RED, alert).colour is None


def test_the_page_gets_it_and_what_was_kept_before_has_none() -> None:
    reply = shown(between(NINE, 10))
    assert (payload(reply)["colour"], ReplyOut.of(reply, "1", None).colour) == ("red", "red")
    assert ReplyOut.of(Reply(ReplyKind.INFO, "好"), "1", None).colour is None
