"""Warnings for the emergency broadcast platform: written with the warning, handed over once, what it answers kept."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from bot.schedule import Job, Schedule
from bot.warnings.broadcast import BroadcastSender, broadcasts, hand_over
from bot.warnings.calls import OutboxDeliveries
from knowledge_base.store import Store
from knowledge_base.warnings.alert import Alert, Area, Colour, MsgType, ResponseType, Status
from knowledge_base.warnings.broadcast import LEASE, Broadcasts
from knowledge_base.warnings.broadcast_models import BroadcastRow, BroadcastState, Outlet
from knowledge_base.warnings.emergency import read_ebd
from knowledge_base.warnings.emergency_answer import PlayState, Receipt, read_answer
from knowledge_base.warnings.report import Reports
from knowledge_base.warnings.report_sheet import sheet
from tests.fakes.warning_desk import Clock, WarningDesk, cancel, info, warning

PLATFORM = "410184000000010100"


def receipt(ebd_id: str, code: str = "1", said: str = "") -> bytes:
    return (
        f"<EBD><EBDVersion>1.0</EBDVersion><EBDID>x</EBDID><EBDType>EBDResponse</EBDType><SRC><EBRID>1</EBRID></SRC>"
        f"<EBDTime>2026-07-20 12:00:00</EBDTime><RelatedEBD><EBDID>{ebd_id}</EBDID></RelatedEBD>"
        f"<EBDResponse><ResultCode>{code}</ResultCode><ResultDesc>{said}</ResultDesc></EBDResponse></EBD>"
    ).encode()


class Platform:
    """Receives documents; `answer` says what comes back."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.answer: Callable[[bytes], httpx.Response] = lambda _: httpx.Response(200)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.got.append(request.content)
        return self.answer(request.content)


class Rig:
    """Warnings come in, are written for both outlets, and handed over."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.folder, self.clock = store, folder, Clock()
        self.written = Broadcasts(store, PLATFORM, [Outlet.HTTP, Outlet.FOLDER], self.clock)
        self.desk = WarningDesk(store, self.clock, followers=[self.written])
        self.platform = Platform()
        self.failures: list[str] = []
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.platform))
        self.sender = BroadcastSender(
            self.written, client, self.failures.append, folder=folder, url="http://platform.test/ebd"
        )

    async def rows(self, outlet: Outlet = Outlet.HTTP) -> list[BroadcastRow]:
        query = select(BroadcastRow).where(BroadcastRow.outlet == outlet).order_by(BroadcastRow.sequence)
        async with self.store.session() as session:
            return list(await session.scalars(query))

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]

    def heard(self) -> list[Alert]:
        return [read_ebd(data) for data in self.platform.got]


@pytest.fixture
def rig(any_store: Store, tmp_path: Path) -> Rig:
    return Rig(any_store, tmp_path / "ebd")


async def test_a_warning_its_update_and_its_end_are_handed_over_in_order(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    await rig.sender.send()
    await rig.desk.take(warning("B", 5, "A", infos=[info("orange")]))
    await rig.sender.send()
    await rig.desk.take(cancel("C", 10, "B"))
    await rig.sender.send()
    await rig.sender.send()
    first, second, third = rig.heard()
    assert [one.msg_type for one in (first, second, third)] == [MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL]
    assert (first.colour, second.colour) == (Colour.RED, Colour.ORANGE)
    assert second.references[0].identifier == first.identifier
    assert third.references[0].identifier == second.identifier
    assert len({one.identifier for one in (first, second, third)}) == 3
    assert [path.read_bytes() for path in sorted(rig.folder.iterdir())] == rig.platform.got
    assert set(await rig.states()) == {BroadcastState.SENT}


async def test_an_all_clear_cancels(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    await rig.sender.send()
    over = replace(info(), response_types=(ResponseType.ALL_CLEAR,))
    await rig.desk.take(warning("B", 5, "A", infos=[over]))
    await rig.sender.send()
    assert rig.heard()[1].msg_type is MsgType.CANCEL


async def test_what_has_not_gone_out_is_replaced_by_what_is_newer(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    await rig.desk.take(warning("B", 5, "A"))
    await rig.sender.send()
    (only,) = rig.heard()
    assert only.msg_type is MsgType.ALERT  # the platform has heard of no other
    assert await rig.states() == [BroadcastState.SUPERSEDED, BroadcastState.SENT]


async def test_the_end_of_what_the_platform_never_heard_of_is_not_said(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    await rig.desk.take(cancel("B", 5, "A"))
    await rig.sender.send()
    assert rig.platform.got == []
    assert await rig.states() == [BroadcastState.SUPERSEDED]


async def test_a_platform_that_is_down_gets_it_when_it_is_back_and_nothing_after_expiry(rig: Rig) -> None:
    rig.platform.answer = lambda _: httpx.Response(503)
    await rig.desk.take(warning("A"))
    await rig.sender.send()
    await rig.sender.send()
    assert len(rig.platform.got) == 1
    rig.clock.later(seconds=5)
    await rig.sender.send()
    assert len(rig.platform.got) == 2
    rig.platform.answer = lambda _: httpx.Response(200)
    rig.clock.later(seconds=10)
    await rig.sender.send()
    assert await rig.states() == [BroadcastState.SENT]
    assert len(set(rig.platform.got)) == 1
    assert rig.failures == ["warnings.broadcast"] * 2
    rig.platform.answer = lambda _: httpx.Response(503)
    await rig.desk.take(warning("B", 1))
    await rig.sender.send()
    rig.clock.later(hours=7)
    await rig.sender.send()
    assert (await rig.states())[1] == BroadcastState.EXPIRED
    assert len(rig.platform.got) == 4


async def test_killed_in_the_middle_the_same_document_goes_out_again(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    in_hand = await rig.written.take()  # and then the process was killed
    await rig.sender.send()
    assert in_hand is not None
    assert in_hand.outlet is Outlet.FOLDER
    assert not rig.folder.exists()
    rig.clock.later(seconds=LEASE.total_seconds())
    await rig.sender.send()
    (file,) = rig.folder.iterdir()
    assert (file.name, file.read_bytes()) == (f"{in_hand.ebd_id}.xml", in_hand.data)
    assert rig.platform.got == [in_hand.data]


async def test_a_receipt_at_once_or_later_is_kept(rig: Rig) -> None:
    await rig.desk.take(warning("A"))
    rig.platform.answer = lambda data: httpx.Response(200, content=receipt(_ebd_id(data)))
    await rig.sender.send()
    await rig.desk.take(warning("B", 1))
    rig.platform.answer = lambda data: httpx.Response(200, content=receipt(_ebd_id(data), "4", "签名验证失败"))
    await rig.sender.send()
    await rig.desk.take(warning("C", 2))
    rig.platform.answer = lambda data: httpx.Response(200, content=receipt("of another"))
    await rig.sender.send()
    await rig.desk.take(warning("D", 3))
    rig.platform.answer = lambda _: httpx.Response(400)
    await rig.sender.send()
    assert await rig.states() == [
        BroadcastState.ACCEPTED,
        BroadcastState.REFUSED,
        BroadcastState.SENT,
        BroadcastState.REFUSED,
    ]
    rows = await rig.rows()
    assert rows[1].answer == "4 签名验证失败"
    assert await rig.written.answered(Receipt(rows[2].ebd_id, "1", "1"))
    assert await rig.written.answered(PlayState(rows[2].ebm_id, "3", "3 played"))
    assert not await rig.written.answered(Receipt("nobody's", "1", "1"))
    rows = await rig.rows()
    assert (rows[2].state, rows[2].played) == (BroadcastState.ACCEPTED, "3 played")
    found = await Reports(rig.store, OutboxDeliveries()).of(rows[1].warning_id)
    assert found is not None
    text = sheet(found, lambda code: code).text()
    assert "平台不收" in text
    assert "4 签名验证失败" in text


def _ebd_id(data: bytes) -> str:
    return data.decode().partition("<EBDID>")[2].partition("</EBDID>")[0]


async def test_what_the_form_cannot_say_is_kept_with_the_reason_and_stops_nothing(rig: Rig) -> None:
    shape = ((34.0, 113.0), (34.0, 114.0), (35.0, 114.0), (34.0, 113.0))
    taken = await rig.desk.take(warning("A", infos=[info(areas=(Area("河边", polygons=(shape,)),))]))
    assert taken.warning_id
    (row,) = await rig.rows()
    assert row.state == BroadcastState.UNSAYABLE
    assert row.answer.startswith("area_code") or "area" in row.answer
    await rig.sender.send()
    assert rig.platform.got == []


async def test_what_came_from_the_broadcasting_system_and_what_is_no_warning_is_not_given_to_it(rig: Rig) -> None:
    await rig.desk.take(warning(f"{PLATFORM}202607200001"))
    await rig.desk.take(warning("T", 1, status=Status.TEST))
    assert await rig.rows() == []


@pytest.mark.parametrize("data", [b"<EBD><EBDType>EBM</EBDType></EBD>", b"<alert/>"])
def test_another_document_is_no_answer(data: bytes) -> None:
    assert read_answer(data) is None


def test_the_state_of_a_broadcast_is_read() -> None:
    data = (
        b"<EBD><EBDType>EBMStateResponse</EBDType><EBMStateResponse><EBM><EBMID>77</EBMID></EBM>"
        b"<BrdStateCode>3</BrdStateCode></EBMStateResponse></EBD>"
    )
    assert read_answer(data) == PlayState("77", "3", "3 played")


class Jobs(Schedule):
    """Keeps the jobs instead of running them."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}

    def every(self, interval: timedelta, name: str, job: Job, *, first: datetime | None = None) -> None:
        self.jobs[name] = job


async def test_put_together_it_writes_into_the_folder_of_the_settings(store: Store, tmp_path: Path) -> None:
    clock, folder, failures = Clock(), tmp_path / "out" / "ebd", list[str]()
    assert broadcasts(store, PLATFORM, clock, folder=None, url="", drills=False) is None
    written = broadcasts(store, PLATFORM, clock, folder=folder, url="", drills=False)
    assert written is not None
    await WarningDesk(store, clock, followers=[written]).take(warning("A"))
    schedule = Jobs()
    folder.parent.write_text("in the way", "utf-8")
    async with hand_over(schedule, written, failures.append, folder=folder, url=""):
        await schedule.jobs["warnings.broadcast"]()
        assert failures == ["warnings.broadcast"]
        folder.parent.unlink()
        clock.later(seconds=5)
        await schedule.jobs["warnings.broadcast"]()
    (file,) = folder.iterdir()
    assert read_ebd(file.read_bytes()).colour is Colour.RED
