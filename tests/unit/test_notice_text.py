"""What a notice says, and which sentences are wishes about notices."""

from datetime import datetime, timedelta

import pytest

from dialogs.notice_text import notice_reply, notice_words, retraction_reply
from dialogs.topics.notices import sayings
from knowledge_base.notices.notice import Kind, Notice


@pytest.fixture
def notice(now: datetime) -> Notice:
    return Notice.model_validate(
        {
            "kind": "pest",
            "title": "小麦条锈病要早查",
            "text": "这几天多下地看叶子\n见了黄锈点，马上找农技员。",
            "entry": "wheat.stripe_rust",
            "source": "柘城县植保站",
            "dated": "2026-11-20",
            "codes": ["411424", "411424100", "411425"],
            "send_at": now,
            "valid_until": now + timedelta(days=1),
        }
    )


def test_a_notice_is_shown_with_who_says_so_and_read_without_brackets(notice: Notice) -> None:
    reply = notice_reply("1" * 32, notice)
    assert reply.text.splitlines() == [
        "【病虫情报】小麦条锈病要早查",
        "这几天多下地看叶子",
        "见了黄锈点，马上找农技员。",
        "发布：柘城县植保站，11月20日",
    ]
    assert reply.spoken == (
        "病虫情报，小麦条锈病要早查。这几天多下地看叶子。见了黄锈点，马上找农技员。柘城县植保站11月20号发布。"
    )
    ids = {"有用": f"n:useful:{'1' * 32}", "详细": "s:wheat.stripe_rust", "不想收这类": "n:off:pest"}
    assert {choice.label: choice.id for choice in reply.choices} == ids
    assert "详细" not in [c.label for c in notice_reply("1", notice.model_copy(update={"entry": None})).choices]


def test_a_retraction_names_what_does_not_hold(notice: Notice) -> None:
    reply = retraction_reply(notice)
    assert "《小麦条锈病要早查》不算数了" in reply.text
    assert "《" not in reply.spoken
    assert not reply.choices


def test_a_place_within_another_counts_once(notice: Notice) -> None:
    assert notice.prefixes == ("411424", "411425")
    assert set(notice_words().kinds) == set(sayings().kinds) == set(Kind)


@pytest.mark.parametrize(
    ("said", "kind", "wish"),
    [
        ("不要再发病虫情报了", "pest", "stop"),
        ("莫给我发病虫害预报", "pest", "stop"),
        ("虫情通报不要了", "pest", "stop"),
        ("政策通知我还要", "policy", "start"),
        ("恢复政策消息", "policy", "start"),
        ("别的通知发给我", "other", "start"),
        ("别的通知不用发了", "other", "stop"),
    ],
)
def test_wishes_in_words(said: str, kind: str, wish: str) -> None:
    words = sayings()
    assert [one for one, pattern in words.kinds.items() if pattern.search(said)] == [kind]
    assert next(one for one in ("stop", "start") if words.patterns[one].search(said)) == wish
