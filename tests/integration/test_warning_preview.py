"""What a typed warning would reach, and what passes between those who write and those who approve."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Outbox
from bot.warnings.desk import warning_desk
from bot.warnings.loudspeakers import LoudspeakerFollower
from dialogs.places import Places
from dialogs.warning_text import announcement
from knowledge_base.curation.accounts import Account
from knowledge_base.curation.accounts import Role as Duty
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.pages_warnings import WarningDesk
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Colour
from knowledge_base.warnings.intake import Outcome, Taken
from knowledge_base.warnings.issuing import Issuer, account_name
from knowledge_base.warnings.models import OfficerRow, Role
from knowledge_base.warnings.preview import Seen
from knowledge_base.warnings.speaker_jobs import SpeakerJobs
from knowledge_base.warnings.speaker_registry import NewSpeaker, SpeakerRegistry
from knowledge_base.warnings.typed import NotTaken, TypedState
from knowledge_base.warnings.typed_warning import TypedWarning
from nlu.text.gazetteer import Gazetteer
from nlu.words import Words
from tests.fakes.warning_desk import NOON, Clock, person

COUNTY = "411424"
OPERATOR = Account("chen", "陈", frozenset({Duty.OPERATOR}), 0)
WANG = Issuer("paper", "wang", "王站长", (COUNTY,))


class Rig:
    """A desk over a store, with the outbox beside it."""

    def __init__(self, store: Store, words: Words) -> None:
        self.store, self.clock = store, Clock()
        self.outbox = Outbox(store, self.clock)
        self.jobs = SpeakerJobs(store, self.clock)
        self.taken: list[Taken] = []
        self.desk: WarningDesk = warning_desk(
            store,
            self.outbox,
            Places(words, Gazetteer.load()),
            Audit(self.clock),
            self.clock,
            speakers=self.jobs,
            followers=[LoudspeakerFollower(self.jobs, announcement)],
            observer=self.taken.append,
        )

    async def seen(self, words: TypedWarning) -> Seen:
        async with self.store.session() as session:
            return await self.desk.previews.of(session, words)

    async def sent(self) -> None:
        async with self.store.session() as session:
            await session.execute(update(OutboxRow).values(state="sent", sent_at=self.clock.now))

    async def add(self, *rows: object) -> None:
        async with self.store.session() as session:
            session.add_all(rows)


@pytest.fixture
async def rig(any_store: Store, words: Words) -> Rig:
    rig = Rig(any_store, words)
    villages = [NewSpeaker(f"s{place}", place, "x") for place in (COUNTY + "001001", COUNTY + "002001")]
    await SpeakerRegistry(any_store, rig.clock).add_all(villages)
    await rig.add(person("a", COUNTY + "001001"), person("b", COUNTY + "002001"))
    return rig


def typed(colour: Colour = Colour.YELLOW, codes: tuple[str, ...] = (COUNTY,), **more: object) -> TypedWarning:
    return TypedWarning.model_validate(
        {
            "hazard": "gale",
            "colour": colour,
            "codes": codes,
            "area": "柘城县",
            "onset": NOON,
            "expires": NOON + timedelta(hours=6),
            "office": "应急局",
        }
        | more
    )


async def issued(rig: Rig, words: TypedWarning) -> str:
    """Written, approved, and got by everybody concerned."""
    row = await rig.desk.typed.write(WANG.account, words)
    row = await rig.desk.typed.approve(OPERATOR, row.id)
    await rig.sent()
    rig.clock.later(minutes=1)
    return row.id


async def test_an_update_counts_who_got_the_first_and_who_is_new_an_end_only_the_former(rig: Rig) -> None:
    town = (COUNTY + "001",)
    assert (await rig.seen(typed(Colour.RED, town))).people == 1
    of = await issued(rig, typed(Colour.RED, town))
    await rig.add(person("late", COUNTY + "001001"))
    for change, people, speakers in (("update", 3, 2), ("clear", 1, 1), ("cancel", 1, 1)):
        codes = (COUNTY,) if change == "update" else town
        seen = await rig.seen(typed(Colour.RED, codes, change=change, of=of))
        assert (seen.people, seen.speakers) == (people, speakers), change


async def test_the_county_only_are_counted_where_they_would_be_told(rig: Rig) -> None:
    await rig.add(person("county", COUNTY))
    assert (await rig.seen(typed(Colour.ORANGE, (COUNTY + "001",)))).people == 2
    assert (await rig.seen(typed(Colour.YELLOW, (COUNTY + "001",)))).people == 0


async def test_what_the_console_writes_asks_officers_and_what_it_decides_is_told_to_them(rig: Rig) -> None:
    await rig.add(
        *(OfficerRow(place=COUNTY, channel="paper", user=u, role=Role.ISSUER, shown=u) for u in ("wang", "li"))
    )
    await rig.desk.typed.write(OPERATOR, typed(Colour.ORANGE))
    own = await rig.desk.typed.write(WANG.account, typed(Colour.RED))
    assert {row.id for row in await rig.desk.typed.waiting()} >= {own.id}
    await rig.desk.typed.deny(OPERATOR, own.id)
    async with rig.store.session() as session:
        rows = await session.scalars(select(OutboxRow).order_by(OutboxRow.topic, OutboxRow.user))
        told = [(row.topic.split(":")[0], row.user, row.payload["text"]) for row in rows]
    assert sorted((topic, user) for topic, user, _ in told) == [
        ("approve", "li"),
        ("approve", "li"),
        ("approve", "wang"),
        ("decided", "wang"),
    ]
    (decided,) = [text for topic, _, text in told if topic == "decided"]
    assert "没有批准大风红色预警" in decided
    assert rig.taken == []


async def test_one_id_is_one_warning_and_the_desk_is_counted(rig: Rig) -> None:
    for _ in range(2):
        row = await rig.desk.typed.write(WANG.account, typed(), "the-same")
        assert row.state == TypedState.SENT
    assert [taken.outcome for taken in rig.taken] == [Outcome.ACCEPTED]


async def test_approved_too_late_it_does_not_go_out(rig: Rig) -> None:
    row = await rig.desk.typed.write(WANG.account, typed(Colour.RED))
    rig.clock.later(hours=6)
    with pytest.raises(NotTaken, match="时间已经过了"):
        await rig.desk.typed.approve(OPERATOR, row.id)
    assert rig.taken == []


def test_an_officers_name_in_the_log_is_short_enough_and_tells_apart() -> None:
    assert account_name("telegram", "123456789") == "@telegram:123456789"
    long = [account_name("web", user * 60) for user in "ab"]
    assert len(set(long)) == 2
    assert all(len(name) <= 40 for name in long)
