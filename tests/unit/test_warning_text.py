"""What a warning says: written and spoken, changed and ended, real and drilled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dialogs import plain_time
from dialogs.messages import Reply
from dialogs.warning_text import LINE, announcement, warning_reply, warning_words, what_to_do
from knowledge_base.warnings.alert import Alert, Colour, MsgType, ResponseType, Status
from knowledge_base.warnings.dispatch import Bulletin
from knowledge_base.warnings.hazards import hazards
from knowledge_base.warnings.models import WarningRow
from knowledge_base.warnings.territory import Territory
from nlu.speech.spoken_text import chinese
from tests.fakes.alarm import after, all_clear, rainstorm

NINE = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
"""Nine in the morning in the county."""


def shown(alert: Alert, colour: Colour | None = Colour.RED, about: Alert | None = None) -> Reply:
    """The message of a warning."""
    return warning_reply(bulletin(alert, colour, about))


def bulletin(alert: Alert, colour: Colour | None = Colour.RED, about: Alert | None = None) -> Bulletin:
    everywhere = ResponseType.ALL_CLEAR in (alert.main.response_types if alert.main else ())
    row = WarningRow(
        id="1" * 32,
        msg_type=alert.msg_type,
        all_clear=everywhere,
        colour=colour,
        hazard=(about or alert).hazard,
        headline="",
        dispatched_at=alert.sent,
        expires_at=(about or alert).expires or alert.sent + timedelta(hours=1),
    )
    return Bulletin(row, alert, about or alert, Territory(("411424",)))


def between(start: datetime, hours: float) -> Alert:
    alert = rainstorm("a", NINE)
    info = replace(alert.infos[0], onset=start, expires=start + timedelta(hours=hours))
    return replace(alert, infos=(info,))


def test_it_says_what_where_when_what_to_do_and_who() -> None:
    said = shown(between(NINE + timedelta(hours=11), 10))
    assert said.text.splitlines() == [
        "【暴雨红色预警】",
        "哪里：柘城县",
        "时间：今晚八点到明早六点（11月22日20:00—11月23日06:00）",
        "这是最高的一级，马上照着做。怎么办：",
        *(f"{number}. {line}" for number, line in enumerate(warning_words().guidance["rainstorm"], 1)),
        "发布：柘城县气象台，11月22日09:00",
    ]
    assert [choice.label for choice in said.choices] == ["收到", "需要帮助"]
    assert [choice.id for choice in said.choices] == [f"w:ok:{'1' * 32}", f"w:help:{'1' * 32}"]


def test_it_is_read_aloud_without_figures_and_signs() -> None:
    said = shown(between(NINE + timedelta(hours=11), 10)).spoken
    assert said.startswith("柘城县气象台发布暴雨红色预警。地方是，柘城县。时间是，今晚八点到明早六点。")
    assert "请回收到" in said
    assert not any(char.isdigit() for char in said)
    assert chinese().sentences(said)


def test_what_may_be_held_back_for_the_night_names_its_days() -> None:
    said = shown(between(NINE + timedelta(hours=11), 10), Colour.YELLOW)
    assert "二十二号晚上八点到二十三号早上六点" in said.spoken
    assert said.choices == ()


def test_a_loudspeaker_asks_for_no_answer_and_names_the_days() -> None:
    said = announcement(bulletin(between(NINE + timedelta(hours=11), 10)))
    assert "请回收到" not in said.spoken
    assert "二十二号晚上八点到二十三号早上六点" in said.spoken
    assert said.choices == ()


def test_the_issuers_instruction_comes_first_and_is_never_cut_to_the_opposite() -> None:
    ours = warning_words().guidance["rainstorm"]
    assert what_to_do("rainstorm", "1. 低洼处人员立即转移；2、切断电源。") == [
        "低洼处人员立即转移；",
        "切断电源。",
        ours[0],
    ]
    long = "处在河边、沟边、坡脚下面的所有村民不要回家拿东西" + "也不要等别人" * 6 + "，马上往高处走。"
    (first, *_) = what_to_do("rainstorm", long)
    assert first == long
    assert what_to_do(None, None) == list(warning_words().guidance["other"])


def test_every_danger_has_three_short_lines() -> None:
    guidance = warning_words().guidance
    assert set(guidance) == set(hazards()) | {"other"}
    assert all(len(line) <= 26 <= LINE for lines in guidance.values() for line in lines)


def test_an_update_a_cancel_and_an_all_clear_say_so() -> None:
    first = rainstorm("a", NINE)
    update = shown(after(first, "b", NINE, MsgType.UPDATE, first.infos[0]))
    assert update.text.startswith("【暴雨红色预警·有变化】\n前面那条有变化，以这条为准。")
    cancel = shown(after(first, "c", NINE, MsgType.CANCEL), about=first)
    assert cancel.text.startswith("【撤销：暴雨红色预警】")
    assert "怎么办" not in cancel.text
    lesser = shown(after(first, "d", NINE, MsgType.CANCEL), about=rainstorm("b", NINE, Colour.ORANGE))
    assert lesser.text.startswith("【撤销：暴雨橙色预警】")  # as people heard of it last, though as urgent as red
    assert cancel.choices == ()
    clear = shown(all_clear(first, "d", NINE))
    assert clear.text.startswith("【解除：暴雨红色预警】")
    assert clear.spoken.startswith("暴雨红色预警解除了。")


def test_a_drill_is_called_one_at_both_ends() -> None:
    said = shown(replace(rainstorm("a", NINE), status=Status.EXERCISE))
    assert said.text.startswith("【演习，不是真的】\n")
    assert said.text.endswith("再说一遍，这是演习，不是真的。")
    assert said.spoken.startswith("演习，演习，这不是真的。")


def test_all_that_the_issuer_says_is_in_the_detail() -> None:
    alert = rainstorm("a", NINE)
    said = shown(replace(alert, infos=(replace(alert.infos[0], instruction="一。二。三。四。"),)))
    assert said.detail == "预计今天到夜里有大暴雨。\n一。二。三。四。"


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ((22, 20, 0), (23, 6, 0), "今晚八点到明早六点"),
        ((22, 14, 0), (22, 17, 30), "今天下午两点到五点半"),
        ((22, 14, 0), (22, 20, 5), "今天下午两点到晚上八点零五分"),
        ((22, 8, 0), (23, 0, 0), "现在起到今天夜里十二点"),
        (None, (24, 12, 0), "现在起到后天中午十二点"),
        ((23, 0, 30), (25, 9, 20), "明天凌晨零点半到十一月二十五日上午九点二十分"),
        ((24, 22, 0), (25, 2, 0), "后天晚上十点到十一月二十五日凌晨两点"),
    ],
)
def test_times_are_said_as_people_say_them(
    start: tuple[int, int, int] | None, end: tuple[int, int, int], words: str
) -> None:
    def moment(when: tuple[int, int, int]) -> datetime:
        return datetime(2026, 11, *when, tzinfo=plain_time.COUNTY_TIME)

    assert plain_time.span(moment(start) if start else None, moment(end), NINE) == words
