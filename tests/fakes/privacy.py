"""A person who has used every service, each with marks of their own, and a look for these marks in all that is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from bot.booking.notify import OutboxNotify
from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Envelope, Outbox
from bot.delivery.policy import Outcome, State
from bot.privacy.models import LinkTryRow
from bot.privacy.parts import PrivacyOptions, PrivacyParts, privacy
from bot.privacy.person import Account
from dialogs.booking.terms import Person as Booker
from dialogs.consultation.models import ConsultantRow, ConsultationRow, EventRow, ReadingRow, StoryRow
from dialogs.consultation.vault import Vault
from dialogs.messages import Inbound, Location, Reply, ReplyKind, Turn, Voice
from dialogs.models import PreferenceRow
from knowledge_base.markets.models import AlertRow
from knowledge_base.markets.reports import Reports
from knowledge_base.models import Base, FeedbackRow
from knowledge_base.notices.models import NoticeRefusalRow, NoticeRow, NoticeThanksRow
from knowledge_base.store import Store
from knowledge_base.warnings.calling_models import LadderPersonRow
from knowledge_base.warnings.models import Answer, LadderStepRow, Role
from knowledge_base.weather.digest_models import FarmAdviceRow, MorningDigestRow
from tests.fakes.alarm import VILLAGE, Alarm
from tests.fakes.booking import Yard, wish
from tests.fakes.house import House
from tests.fakes.legal import KEY

ME = Account("telegram", "8231507744")
WEB = Account("web", "visitor-q7Zk31xW")
NEIGHBOUR = Account("telegram", "5550001112")


class Home:
    """A house with its privacy: every message goes through all layers. `now` is the house's."""

    def __init__(self, house: House, folder: Path, **options: Any) -> None:
        self.house = house
        self.store = house.store
        self.folder = folder
        self.sounds: list[str] = []
        self.parts: PrivacyParts = privacy(
            house.store,
            house.outbox,
            [KEY],
            folder,
            house.clock,
            options=PrivacyOptions("https://farm.example/", "柘城县农业农村局", "0370-7200000", **options),
            forget_sound=self.sounds.extend,
        )
        self.serve()
        self._ids = count()

    def serve(self, *others: Any) -> None:
        """With further services beside."""
        self.house.serve(self.parts.chat, *others)
        self.handler = self.parts.around(self.house.assistant.turn)

    async def say(self, words: str, who: Account = ME, id_: str = "") -> Turn:
        """A typed turn."""
        return await self._turn(who, id_, text=words)

    async def speak(self, words: str, who: Account = ME) -> Turn:
        """A spoken one."""
        return await self._turn(who, "", voice=Voice(words.encode()))

    async def locate(self, latitude: float, longitude: float, who: Account = ME) -> Turn:
        """A position."""
        return await self._turn(who, "", location=Location(latitude, longitude))

    async def press(self, label: str, turn: Turn, who: Account = ME, id_: str = "") -> Turn:
        """A button of a turn."""
        choice = next(c.id for reply in turn.replies for c in reply.choices if c.label == label)
        return await self._turn(who, id_, choice=choice)

    async def _turn(self, who: Account, id_: str, **said: Any) -> Turn:
        inbound = Inbound(who.channel, who.user, id_ or f"m{next(self._ids)}", self.house.now, **said)
        return await self.handler(inbound)


def told(turn: Turn) -> str:
    """All that a turn says."""
    return "\n".join(reply.text for reply in turn.replies)


class Life:
    """What somebody leaves behind in every service. `marks`: what was said where, each unlike anything else."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.now: datetime = home.house.now
        self.marks = {
            name: f"记号{name}九七三" for name in ("问题", "评价", "投诉", "地点", "备注", "故事", "名字", "求助")
        }
        self.yard = Yard(home.store)
        self.yard.now = self.now

    async def lived(self) -> None:
        """All of it."""
        await self._talks()
        await self._follows()
        await self._in_danger()
        await self._trades()
        await self._confides()
        await self.orders("done")

    async def _talks(self) -> None:
        home, mark = self.home, self.marks
        await home.say(f"我家的猫总是{mark['问题']}咋回事")
        assert "记下您同意了" in told(await home.say("同意"))
        await home.locate(34.0871235, 115.3054321)
        await home.parts.consents.choose(ME, voice=True)
        await home.speak(f"俺想说说{mark['问题']}\n")
        await home.parts.recordings.put(ME, Voice(b"OggS sound"), mark["问题"])
        feedback = FeedbackRow(id="f", at=self.now, subject="x", verdict="wrong", question=mark["评价"], **ME._asdict())
        tried = LinkTryRow(id="t", at=self.now, **ME._asdict())
        async with home.store.session() as session:
            session.add_all([feedback, tried, PreferenceRow(values={"voice": "always"}, **ME._asdict())])

    async def _follows(self) -> None:
        me, now = ME._asdict(), self.now
        notice = {"kind": "pest", "words": {}, "send_at": now, "valid_until": now, "state": "sent", "revision": 1}
        rows: Sequence[Base] = [
            MorningDigestRow(minute=360, updated_at=now, **me),
            FarmAdviceRow(rule="frost", first_on=now.date(), last_on=now.date(), given_at=now, **me),
            NoticeRefusalRow(kind="pest", at=now, **me),
            NoticeRow(id="n", author="a", writers=[], written_at=now, recipients=1, **notice),
        ]
        async with self.home.store.session() as session:
            session.add_all(rows)
            await session.flush()
            session.add(NoticeThanksRow(notice_id="n", at=now, **me))

    async def _in_danger(self) -> None:
        alarm = Alarm(self.home.store, self.now)
        await alarm.officer(Role.DUTY, "chen", VILLAGE[:9])
        async with self.home.store.session() as session:
            changed = text('UPDATE people SET place = :place, name = :name WHERE "user" = :user')
            await session.execute(changed, {"place": VILLAGE, "name": self.marks["名字"], "user": ME.user})
        warning = await alarm.warn()
        await alarm.answers.take(warning, *ME, Answer.HELP)
        await alarm.answers.help.add(warning, *ME, "7", said=self.marks["求助"])
        step = LadderStepRow(
            id="s", warning_id=warning, place=VILLAGE, step="duty", to="telegram:chen", at=self.now, outcome="called"
        )
        async with self.home.store.session() as session:
            session.add(step)
            await session.flush()
            session.add(LadderPersonRow(step_id="s", number=1, name=self.marks["名字"], **ME._asdict()))
            reply = Reply(ReplyKind.INFO, f"没回话的：{self.marks['名字']}")
            await Outbox(self.home.store, lambda: self.now).put(
                session, [Envelope("telegram", "chen", "ladder:s", reply)]
            )
        await self.deliver()

    async def deliver(self) -> None:
        """Everything that waits goes out."""
        async with self.home.store.session() as session:
            waiting = (await session.scalars(select(OutboxRow.id).where(OutboxRow.state == State.WAITING))).all()
        for id_ in waiting:
            await self.home.house.outbox.record(id_, Outcome(State.SENT, "sent"))

    async def _trades(self) -> None:
        alert = AlertRow(
            id="al", product="玉米", variety="", place="411424", rule="above", price=Decimal(2), created_at=self.now
        )
        alert.channel, alert.user = ME
        async with self.home.store.session() as session:
            session.add(alert)
            await Reports(lambda: self.now).report(
                session, "玉米", "411424", Decimal("1.234"), f"{ME.channel}/{ME.user}"
            )

    async def _confides(self) -> None:
        sealed = Vault([KEY]).seal(f'[["出了什么事", "{self.marks["故事"]}"]]')
        me = ME._asdict()
        lawyer = {"role": "lawyer", "kinds": [], "areas": [], "ways": [], "office": "", "link": "", "active": True}
        consultant = ConsultantRow(id="c", name="李建国", phone="13800000001", touched_at=self.now, **lawyer)
        place = {"kind": "wages", "way": "phone", "place": "411424"}
        times = {"start": self.now, "placed_at": self.now, "created_at": self.now, "touched_at": self.now}
        row = ConsultationRow(id="k", number="10001", state="done", consultant_id="c", events=1, **me, **place, **times)
        async with self.home.store.session() as session:
            session.add(consultant)
            await session.flush()
            session.add(row)
            await session.flush()
            session.add_all(
                [
                    EventRow(
                        consultation_id="k",
                        number=1,
                        at=self.now,
                        who=f"farmer:{ME.channel}:{ME.user}",
                        step="book",
                        after="booked",
                        why=self.marks["备注"],
                    ),
                    ReadingRow(id="r", consultation_id="k", consultant_id="c", at=self.now),
                    StoryRow(id="st", sealed=sealed, touched_at=self.now, consultation_id="k", **me),
                ]
            )

    async def orders(self, ends: str, first: int = 0) -> str:
        """A booking with its words, accepted and then `done`, or left `accepted`; its id."""
        yard, me = self.yard, Booker(*ME)
        provider = await yard.provider(f"王师傅{ends}")
        yard.machinery = type(yard.machinery)(
            self.home.store,
            OutboxNotify(self.home.store, self.home.house.outbox, lambda: yard.now),
            lambda: yard.now,
            new_number=lambda: "10077" if ends == "done" else "10078",
        )
        wanted = wish(
            "3.5", first, place_text=self.marks["地点"], note=self.marks["备注"], position=(34.0871235, 115.3)
        )
        order = await yard.machinery.order(me, wanted, yard.key())
        await yard.machinery.accept(provider, order.id, yard.key())
        if ends == "done":
            yard.now += timedelta(days=1)
            await yard.machinery.finish(me, order.id, True, None, None, yard.key())
            await yard.machinery.finish(provider, order.id, True, None, None, yard.key())
            await yard.machinery.rate(me, order.id, 2, yard.key())
            await yard.machinery.complain(me, order.id, self.marks["投诉"], yard.key())
            yard.now = self.now
        await self.deliver()
        return order.id


async def tables(store: Store) -> Mapping[str, str]:
    """All that each table of the database holds, as text."""
    async with store.session() as session:
        return {table.name: str((await session.execute(select(table))).all()) for table in Base.metadata.sorted_tables}


async def left(home: Home, *marks: str) -> list[str]:
    """Where any of these is still found: tables with their columns' values, and files."""
    found = [name for name, held in (await tables(home.store)).items() if any(mark in held for mark in marks)]
    files = (path for path in home.folder.rglob("*") if path.is_file())
    return found + [str(path) for path in files if any(mark.encode() in path.read_bytes() for mark in marks)]
