"""Accounts of one person joined by a code: one conversation, one set of rows, replies where the message came in."""

from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery.models import OutboxRow
from bot.privacy.linking import TRIES
from bot.privacy.models import AccountLinkRow, LinkCodeRow
from bot.privacy.person import Account, Person
from bot.privacy.register import register
from dialogs.booking.hearing import Hearing
from dialogs.models import ConversationRow, HandledRow
from dialogs.topics.booking import MachineBooking
from knowledge_base.models import QuestionRow
from knowledge_base.store import Store
from knowledge_base.warnings.models import OfficerRow, PersonRow, Role
from nlu.text.quantities import QuantityFinder
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.conftest import NOW
from tests.fakes.booking import VILLAGE
from tests.fakes.house import House, last
from tests.fakes.machinery import FakeMachinery
from tests.fakes.privacy import ME, WEB, Home, Life, left, told


@pytest.fixture
def home(store: Store, words: Words, segmenter: Segmenter, tmp_path: Path) -> Home:
    return Home(House(store, words, segmenter, NOW), tmp_path / "var", ask_consent=False)


@pytest.fixture
def either_home(any_store: Store, words: Words, segmenter: Segmenter, tmp_path: Path) -> Home:
    return Home(House(any_store, words, segmenter, NOW), tmp_path / "var", ask_consent=False)


async def code(home: Home, who: Account) -> str:
    """A code as somebody reads it from the answer."""
    reply = last(await home.say("关联账号", who))
    digits = "".join(char for char in reply.text.split("。")[0] if char.isdigit())
    assert len(digits) == 6
    assert "、".join(digits) in reply.spoken
    return digits


async def join(home: Home, asks: Account = WEB, says: Account = ME) -> None:
    """Both are one afterwards."""
    await home.say(f"关联码 {await code(home, asks)}", says)
    assert "连上了" in told(await home.say("是", says))


async def test_an_order_begun_on_the_web_goes_on_in_telegram(home: Home, words: Words) -> None:
    machinery = FakeMachinery(home.house.clock)
    hearing = Hearing(words, home.house.language.gazetteer, QuantityFinder.load(words))
    home.serve(MachineBooking(machinery, hearing, home.house.places))
    begun = last(await home.say("后天给俺收麦子，地在柘城县", WEB))
    assert "亩" in begun.text
    number = await code(home, WEB)
    read_back = last(await home.say(f"关联码是{number}", ME))
    assert "您在网页上的连成一个人吗" in read_back.text
    assert [choice.label for choice in read_back.choices] == ["是我，连上", "不动"]
    assert "连上了" in told(await home.say("对", ME))
    assert "3.5" in last(await home.say("三亩半", ME)).text
    assert last(await home.say("中", WEB)).kind == "booked", "and on the web again"
    (booking,) = machinery.bookings
    assert (booking.person.channel, booking.person.user) == ME
    assert await left(home, WEB.user) == ["account_links"]


@pytest.mark.parametrize(("asks", "says"), [(WEB, ME), (ME, WEB)])
async def test_everything_is_under_the_account_that_can_be_reached(home: Home, asks: Account, says: Account) -> None:
    await home.say("我家的猫咋回事", WEB)
    await home.say("我家的狗咋回事", ME)
    async with home.store.session() as session:
        await session.merge(
            PersonRow(place="4114", levels=4, crops=["小麦"], animals=[], updated_at=NOW, **WEB._asdict())
        )
        await session.merge(
            PersonRow(place="4101", levels=2, crops=["玉米"], animals=["猪"], updated_at=NOW, **ME._asdict())
        )
    await join(home, asks, says)
    async with home.store.session() as session:
        (link,) = (await session.scalars(select(AccountLinkRow))).all()
        (person,) = (await session.scalars(select(PersonRow))).all()
        questions = (await session.scalars(select(QuestionRow))).all()
        pushed = (await session.scalars(select(OutboxRow))).all()
        assert (await session.scalars(select(LinkCodeRow))).all() == []
    assert ((link.channel, link.user), (link.to_channel, link.to_user)) == (WEB, ME)
    assert (person.channel, person.levels, sorted(person.crops), person.animals) == (
        "telegram",
        4,
        ["小麦", "玉米"],
        ["猪"],
    )
    assert {(one.channel, one.user) for one in questions} == {ME}
    assert [one.user for one in pushed] == ([ME.user] if asks == ME else []), "who gave the code is told"
    assert await left(home, WEB.user) == ["account_links"]


async def test_every_table_moves_and_nothing_is_lost(either_home: Home) -> None:
    home = either_home
    await Life(home).lived()
    whole, known = await _count(home, ME), register()
    other = Account("wechat", "oOpenId4433")
    await join(home, other, ME)
    moved = await _count(home, other)
    for name, rule in known.tables.items():
        if (
            rule.link == "moves"
            and not rule.unfindable
            and name not in {"conversations", "handled", "link_codes", "outbox"}
        ):
            assert moved[name] == whole[name], name
    assert set(await left(home, ME.user)) == {"preferences", "account_links", "outbox"}, (
        "choices are those of a channel"
    )
    async with home.store.session() as session:
        assert ME.user not in set(await session.scalars(select(OutboxRow.user))), "officers were told of the account"


async def _count(home: Home, account: Account) -> dict[str, int]:
    known, found = register(), {}
    async with home.store.session() as session:
        for table, rule in known.each():
            if not rule.unfindable:
                mine = select(table).where(known.mine(table, rule, Person((account,))))
                found[table.name] = len((await session.execute(mine)).all())
    return found


async def test_a_message_sent_again_after_joining_is_answered_as_before(home: Home) -> None:
    before = await home.say("我家的猫咋回事", WEB, "same-id")
    number = await code(home, WEB)
    await home.say(f"关联码{number}", ME, "asks")
    yes = await home.say("是", ME, "same-id")
    assert "连上了" in told(yes)
    assert (await home.say("我家的猫咋回事", WEB, "same-id")).replies == before.replies
    again = await home.say("是", ME, "same-id")
    assert again.duplicate
    assert again.replies == yes.replies, "the code is used up, and nothing is said to be wrong"
    async with home.store.session() as session:
        assert len((await session.scalars(select(ConversationRow))).all()) == 1
        ids = set(await session.scalars(select(HandledRow.external_id).where(HandledRow.channel == "telegram")))
    assert {"same-id", "web:same-id"} <= ids


async def test_a_code_is_good_once_and_for_ten_minutes(home: Home) -> None:
    number = await code(home, WEB)
    home.house.later(minutes=11)
    assert "不对" in told(await home.say(f"关联码{number}", ME))
    await join(home)
    number = await code(home, WEB)
    assert "本来就连着" in told(await home.say(f"关联码{number}", ME))
    third = Account("wechat", "other")
    number = await code(home, third)
    newer = await code(home, third)
    assert "不对" in told(await home.say(f"关联码{number}", ME)) or number == newer


async def test_guessing_is_stopped(home: Home) -> None:
    number = await code(home, WEB)
    wrong = f"{(int(number) + 1) % 1_000_000:06}"
    for _ in range(TRIES):
        assert "不对" in told(await home.say(f"关联码{wrong}", ME))
    assert "歇10分钟" in told(await home.say(f"关联码{number}", ME))
    home.house.later(minutes=11)
    number = await code(home, WEB)
    assert "连成一个人吗" in told(await home.say(f"关联码{number}", ME))


async def test_who_is_on_duty_is_joined_by_the_station_only(home: Home) -> None:
    async with home.store.session() as session:
        session.add(OfficerRow(place=VILLAGE, role=Role.DUTY, shown="陈", **ME._asdict()))
    number = await code(home, WEB)
    assert "找乡里" in told(await home.say(f"关联码{number}", ME))


async def test_a_loudspeaker_is_nobodys(home: Home) -> None:
    speaker = Account("speaker", "village-1")
    for wish in ("关联账号", "把我的资料给我", "把我的资料删了", "关联码123456"):
        assert "喇叭是大伙儿的" in told(await home.say(wish, speaker))


async def test_no_means_apart_and_apart_again_means_two(home: Home) -> None:
    await home.say(f"关联码{await code(home, WEB)}", ME)
    assert "原来的样子" in told(await home.say("不是", ME))
    await join(home)
    await home.say("我家的猫咋回事", WEB)
    read_back = last(await home.say("不关联了", WEB))
    assert "留在Telegram" in read_back.text
    assert "分开了" in told(await home.say("行", WEB))
    await home.say("我家的狗咋回事", WEB)
    async with home.store.session() as session:
        asked = {(one.text, one.channel) for one in await session.scalars(select(QuestionRow))}
    assert asked == {("我家的猫咋回事", "telegram"), ("我家的狗咋回事", "web")}
    assert "没有跟别的账号连着" in told(await home.say("解绑", ME))


async def test_whoever_deletes_is_deleted_everywhere(home: Home) -> None:
    await join(home)
    await home.say("我家的猫咋回事", WEB)
    await home.say("把我的资料删了", WEB)
    assert "删好了" in told(await home.say("对", WEB))
    assert await left(home, WEB.user, ME.user) == []
