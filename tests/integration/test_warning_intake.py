"""A warning from its arrival to the messages in the outbox: who gets what, in what order, and who does not."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.delivery.models import OutboxRow
from knowledge_base.store import Store
from knowledge_base.warnings.alert import AlertRefused, Area, Circle, MsgType, Reference, Scope, Status
from knowledge_base.warnings.audience import Occasion, count
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.emergency_write import write_ebd
from knowledge_base.warnings.intake import KEPT_BYTES, Outcome
from knowledge_base.warnings.models import RefusalRow, VillageRow, WarningRow
from knowledge_base.warnings.terms import Colour
from knowledge_base.warnings.territory import Territory
from tests.fakes.warning_desk import COUNTY, LEASE, NOON, OFFICE, Clock, WarningDesk, cancel, info, person, warning


@pytest.fixture
def desk(any_store: Store) -> WarningDesk:
    return WarningDesk(any_store)


async def test_people_in_the_area_get_it_and_nobody_else(desk: WarningDesk) -> None:
    await desk.people(
        person("village"),
        person("town", COUNTY + "001"),
        person("county", COUNTY),
        person("filled", COUNTY + "000000"),
        person("province", "41"),
        person("neighbour", "410185001001"),
        person("nowhere", None),
        person("out", opted_out=True),
    )
    taken = await desk.take(warning("A"))
    assert (taken.outcome, taken.recipients, taken.colour) == (Outcome.ACCEPTED, 4, Colour.RED)
    assert sorted(await desk.send()) == ["county", "filled", "town", "village"]
    async with desk.store.session() as session:
        row = (await session.scalars(select(WarningRow))).one()
        letter = (await session.scalars(select(OutboxRow).limit(1))).one()
    assert row.original == write_cap(warning("A"))
    assert (row.topic, row.version, row.recipients, row.state) == (f"warning:{row.id}:1", 1, 4, "in_force")
    assert (letter.topic, letter.priority, letter.expires_at) == (row.topic, 0, row.expires_at)
    assert [bulletin.warning.id for bulletin in desk.bulletins] == [row.id]


async def test_shapes_are_held_against_the_persons_own_position_or_the_villages(desk: WarningDesk) -> None:
    square = ((34.0, 113.0), (34.0, 114.0), (35.0, 114.0), (35.0, 113.0), (34.0, 113.0))
    await desk.people(
        person("inside", None, latitude=34.5, longitude=113.5),
        person("away", "410184001001", latitude=30.0, longitude=113.5),
        person("villager", "410184001001"),
        person("other_villager", "410184001002"),
        person("in_circle", None, latitude=20.05, longitude=110.0),
        person("both", "610102", latitude=34.5, longitude=113.5),
        person("half", None, latitude=34.5),
    )
    async with desk.store.session() as session:
        session.add_all(
            [
                VillageRow(code="410184001001", name="村", latitude=34.4, longitude=113.7),
                VillageRow(code="410184001002", name="村", latitude=36.4, longitude=113.7),
            ]
        )
    area = Area("一带", (square,), (Circle(20.0, 110.0, 10.0),), (("行政区划代码", "610102"), ("行政区划代码", "61")))
    taken = await desk.take(warning("A", infos=[info(areas=(area,))]))
    assert taken.recipients == 4
    assert sorted(await desk.send()) == ["both", "in_circle", "inside", "villager"]
    async with desk.store.session() as session:
        territory = Territory.of(warning("A", infos=[info(areas=(area,))]))
        assert await count(session, territory, Occasion(Colour.RED, None, NOON, NOON + LEASE)) == 4


async def test_yellow_and_blue_by_choice_and_by_crop(desk: WarningDesk) -> None:
    await desk.people(
        person("usual"),
        person("yellow", levels=3),
        person("blue", levels=4),
        person("wheat", levels=4, crops=["小麦"]),
        person("apples", levels=4, crops=["苹果"]),
        person("pigs", levels=3, animals=["猪"]),
    )
    hot_wind = info("blue", headline="干热风蓝色预警")
    assert (await desk.take(warning("A", infos=[replace(hot_wind, event="干热风")]))).recipients == 2
    assert sorted(await desk.send()) == ["blue", "wheat"]
    assert (await desk.take(warning("B", infos=[info("yellow")]))).recipients == 5
    assert (await desk.take(warning("C", infos=[info("orange")]))).recipients == 6
    assert await desk.send(6) != await desk.send(6)
    assert desk.got["usual"] == ["C"]
    assert desk.got["yellow"] == ["C", "B"]


async def test_quiet_hours_hold_back_yellow_and_blue_only(desk: WarningDesk) -> None:
    await desk.people(
        person("sleeper", levels=4),
        person("owl", levels=4, quiet_from=0, quiet_until=0),
        person("late", levels=4, quiet_until=720),
    )
    desk.clock.now = NOON + timedelta(hours=13)  # one in the night
    until_nine = info("yellow", expires=NOON + timedelta(hours=21))
    assert (await desk.take(warning("A", 780, infos=[until_nine]))).recipients == 2  # `late` sleeps until it is over
    assert await desk.send() == ["owl"]
    assert (await desk.take(warning("B", 781, infos=[info(expires=NOON + timedelta(hours=21))]))).recipients == 3
    assert sorted(await desk.send()) == ["late", "owl", "sleeper"]
    desk.clock.now = NOON + timedelta(hours=18) - timedelta(seconds=1)
    assert await desk.send() == []
    desk.clock.later(seconds=1)  # six in the morning
    assert await desk.send() == ["sleeper"]


async def test_duplicates_and_resends_do_nothing(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    first = await desk.take(warning("A"))
    again = await desk.take(warning("A", 5, infos=[info("orange")]))
    assert (again.outcome, again.warning_id, again.recipients) == (Outcome.DUPLICATE, first.warning_id, 0)
    at_once = await asyncio.gather(*(desk.take(warning("B", 6)) for _ in range(5)))
    assert sorted(taken.outcome for taken in at_once) == ["accepted", *["duplicate"] * 4]
    assert await desk.send() == ["zhang", "zhang"]


@pytest.mark.parametrize(
    "more",
    [
        *({"status": status} for status in Status if status is not Status.ACTUAL),
        {"scope": Scope.PRIVATE, "addresses": ("someone",)},
        {"scope": Scope.RESTRICTED, "restriction": "police"},
    ],
    ids=lambda more: str(next(iter(more.values()))),
)
async def test_what_is_not_meant_for_the_public_does_not_reach_it(desk: WarningDesk, more: dict[str, object]) -> None:
    await desk.people(person("zhang"))
    assert (await desk.take(warning("A", **more))).outcome is Outcome.NOT_PUBLIC
    assert (await desk.take(cancel("C", 1, "A", **more))).outcome is Outcome.NOT_PUBLIC
    assert await desk.send() == []
    assert desk.bulletins == []
    assert (await desk.take(warning("A"))).recipients == 1  # the drill had the real one's identifier
    assert (await desk.take(cancel("D", 2, "A", **more))).outcome is Outcome.NOT_PUBLIC
    assert await desk.send() == ["zhang"]


async def test_an_acknowledgement_is_kept_and_does_nothing(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    await desk.take(warning("A"))
    assert (await desk.take(warning("K", 1, "A", msg_type=MsgType.ACK))).outcome is Outcome.NOTED
    assert (await desk.states())["A"] == "in_force"
    assert await desk.send() == ["zhang"]


async def test_nobody_withdraws_another_offices_warning(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    await desk.take(warning("A"))
    taken = await desk.take(cancel("C", 5, "A", sender="mallory"))
    assert (taken.outcome, taken.reason) == (Outcome.REFUSED, "foreign_reference")
    mixed = cancel("D", 5, sender="mallory", references=(Reference(OFFICE, "A", NOON), Reference("mallory", "X", NOON)))
    assert (await desk.take(mixed)).outcome is Outcome.WAITING
    assert (await desk.states())["A"] == "in_force"


async def test_the_refused_is_kept_once_for_inspection(desk: WarningDesk) -> None:
    junk = b"<alert>" + b"x" * 70_000
    for _ in range(3):
        taken = await desk.intake.take(junk, "folder")
    assert (taken.outcome, taken.reason, taken.warning_id) == (Outcome.REFUSED, "not_xml", None)
    assert "XML" in taken.sentence
    for alert, reason in [
        (warning("A", infos=[info(codes=["999999"])]), "nowhere"),
        (warning("A", 61), "sent_ahead"),
    ]:
        assert (await desk.take(alert)).reason == reason
    async with desk.store.session() as session:
        rows = (await session.scalars(select(RefusalRow).order_by(RefusalRow.size.desc()))).all()
        assert await session.scalar(select(func.count()).select_from(WarningRow)) == 0
    assert rows[0].reason == "not_xml"
    assert (len(rows), rows[0].size, len(rows[0].original)) == (3, len(junk), KEPT_BYTES)


async def test_emergency_broadcasts_are_taken_by_their_root_element(desk: WarningDesk) -> None:
    await desk.people(person("zhang"))
    data = write_ebd(warning("A", sender="410184000000000001"), platform="410184000000000001", sequence=1, at=NOON)
    assert (await desk.intake.take(data, "http")).recipients == 1


async def test_where_a_signature_is_needed_only_what_it_covers_is_read(any_store: Store) -> None:
    def check(data: bytes) -> bytes:
        if b"signed" not in data:
            raise AlertRefused("signature_missing")
        return write_cap(warning("inner"))

    desk = WarningDesk(any_store, Clock(), verify=check)
    assert (await desk.take(warning("A"))).reason == "signature_missing"
    assert (await desk.take(warning("A", note="signed"))).outcome is Outcome.ACCEPTED
    assert await desk.states() == {"inner": "in_force"}


async def test_what_fails_on_the_way_leaves_nothing_behind(any_store: Store) -> None:
    desk = WarningDesk(any_store)

    async def broken(_session: object, _bulletin: object) -> None:
        raise OSError

    await desk.people(person("zhang"))
    failing = WarningDesk(any_store, followers=[broken])
    with pytest.raises(OSError):
        await failing.take(warning("A"))
    assert await desk.states() == {}
    assert await desk.send() == []
    assert (await desk.take(warning("A"))).recipients == 1
