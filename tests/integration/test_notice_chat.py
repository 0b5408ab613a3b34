"""Notices in the chat: what is kept after a yes, and that one has helped."""

import pytest

from bot.notices.parts import notice_parts
from dialogs.crops import Crops
from dialogs.messages import ReplyKind
from knowledge_base.notices.choices import NoticeChoices
from knowledge_base.notices.notice import Kind
from knowledge_base.warnings.models import PersonRow
from knowledge_base.warnings.people import People
from nlu.understanding import Parse
from nlu.words import Words
from tests.fakes.house import House, last
from tests.fakes.notices import Office


class Subscribe:
    """Takes every sentence for a wish about warnings, as the trained model may."""

    name = "says"

    async def parse(self, _normalized: str) -> Parse:
        return Parse("subscribe", 0.9, (("subscribe", 0.9),), (), self.name)


@pytest.fixture
def choices(house: House, words: Words) -> NoticeChoices:
    parts = notice_parts(
        house.store, house.outbox, People(house.store), lambda: house.now, words=words, crops=Crops(words)
    )
    house.serve(parts.service)
    house.understander.instead = Subscribe()
    return NoticeChoices(house.store)


async def test_a_kind_is_refused_in_words_after_a_yes_and_wanted_again(house: House, choices: NoticeChoices) -> None:
    turn = await house.say("不要再发病虫情报了")
    assert last(turn).kind is ReplyKind.CONFIRM
    assert "病虫情报" in last(turn).text
    assert await choices.refused("test", "zhang") == frozenset()
    assert "不给您发病虫情报了" in last(await house.say("好")).text
    assert await choices.refused("test", "zhang") == {Kind.PEST}
    await house.say("病虫情报发给我")
    assert "还是原来的样子" in last(await house.say("不改了")).text
    assert await choices.refused("test", "zhang") == {Kind.PEST}
    await house.say("病虫情报发给我")
    assert "您还没说过在哪儿" in last(await house.say("好")).text
    assert await choices.refused("test", "zhang") == frozenset()


async def test_the_button_under_a_notice_is_read_back_too(house: House, choices: NoticeChoices) -> None:
    turn = await house.choose("n:off:policy")
    assert await choices.refused("test", "zhang") == frozenset()
    await house.press("对，就这样", turn)
    assert await choices.refused("test", "zhang") == {Kind.POLICY}
    turn = await house.say("不想收这类")
    assert [choice.label for choice in last(turn).choices] == ["病虫情报", "政策通知", "通知"]
    await house.press("对，就这样", await house.press("通知", turn))
    assert await choices.refused("test", "zhang") == {Kind.POLICY, Kind.OTHER}


async def test_who_wants_nothing_at_all_is_told_how_to_come_back(house: House, choices: NoticeChoices) -> None:
    async with house.store.session() as session:
        session.add(PersonRow(channel="test", user="zhang", place="411424", opted_out=True, updated_at=house.now))
    turn = await house.say("政策通知发给我")
    assert "说“订阅”" in last(await house.press("对，就这样", turn)).text
    await People(house.store).change("test", "zhang", house.now, {"opted_out": False})
    turn = await house.say("政策通知发给我")
    assert last(await house.press("对，就这样", turn)).text == "好，有政策通知就发给您。"
    assert await choices.refused("test", "zhang") == frozenset()


async def test_a_notice_that_helped_is_counted_once(house: House, choices: NoticeChoices, words: Words) -> None:
    assert await choices.refused("test", "zhang") == frozenset()
    office = Office(house.store, words, house.now)
    row = await office.scheduled(office.notice())
    for _ in range(2):
        assert "谢谢您" in last(await house.choose(f"n:useful:{row.id}")).text
    assert await office.workflow.thanked(row.id) == 1


async def test_a_made_up_button_changes_nothing(house: House, choices: NoticeChoices) -> None:
    for choice in ("n:useful:none", "n:off:war", "n:do:stop:", "n:do:what:pest", "n:do:stop:pest,war", "n:what"):
        assert "过时" in last(await house.choose(choice)).text
    assert await choices.refused("test", "zhang") == frozenset()


async def test_a_question_about_a_notice_is_not_a_wish(house: House, choices: NoticeChoices) -> None:
    for said in ("病虫情报怎么看", "政策通知上说不要烧秸秆是什么意思", "刚才收到政策通知了"):
        assert last(await house.say(said)).kind is not ReplyKind.CONFIRM
    assert await choices.refused("test", "zhang") == frozenset()
