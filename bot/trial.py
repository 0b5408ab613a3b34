"""Trying the assistant from the command line: `ask`, `talk`, `hear`.

Trials run on a scratch database that is gone afterwards, so that nothing tried out is taken for a farmer's question.
"""

import json
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.app import System, assemble
from bot.dialogues import FARMER, Dialogue, Step, choice_under, moment, read_dialogues, slots_of
from bot.record import hearing_record, turn_record
from bot.scene import Numbers, Stage
from bot.settings import Settings
from bot.terminal import say
from dialogs.answer import phrase
from dialogs.booking.terms import Person
from dialogs.listening import Hearing
from dialogs.messages import Inbound, Location, ReplyKind, Turn, Voice
from nlu.speech.base import Heard, Reading, SpeechError

CHANNEL = "cli"
SHANGHAI = ZoneInfo("Asia/Shanghai")


class TrialClock:
    """The real time until it is set; after that it stands still where it was set."""

    def __init__(self, fixed: datetime | None = None) -> None:
        self.fixed = fixed

    def __call__(self) -> datetime:
        return self.fixed or datetime.now(UTC)


@dataclass(slots=True)
class Trial:
    """A scratch system, its clock, and the place that is sent along."""

    system: System
    clock: TrialClock
    place: str | None
    numbers: Numbers

    async def ask(self, text: str) -> dict[str, object]:
        """A question of a conversation of its own, as its JSON record."""
        return turn_record(text, *await self._turn(text, uuid.uuid4().hex))

    async def say(self, text: str, user: str) -> dict[str, object]:
        """A typed turn of a conversation, with the slots of an order."""
        turn, seconds = await self._turn(text, user)
        return {**turn_record(text, turn, seconds), "slots": slots_of(turn)}

    async def play(self, dialogue: Dialogue) -> AsyncIterator[tuple[Step, dict[str, object], list[str]]]:
        """A dialogue, turn by turn: each step with its record and with what it has not brought."""
        mark, user, place, turn = uuid.uuid4().hex, FARMER, dialogue.place or self.place, Turn(())
        self.clock.fixed = moment(dialogue.now)
        self.numbers.begin()
        services = self.system.services
        stage = Stage(self.system.store, self.clock, services.booking, services.legal)
        await stage.clear()
        await stage.set(dialogue.scene, lambda name: Person(CHANNEL, mark + name))
        for step in dialogue.turns:
            if step.now:
                self.clock.fixed = moment(step.now)
            user = step.user or user
            if step.said is None:
                continue
            said: dict[str, Any] = {"text": step.said}
            heard = _heard(step.speak) if step.speak else None
            if heard:
                said = {"voice": Voice(b"")}
            elif step.press:
                said = {"choice": choice_under(step.press, turn.replies) or step.press}
            elif step.locate:
                said = {"location": Location(*step.locate)}
            started = time.perf_counter()
            inbound = Inbound(CHANNEL, mark + user, uuid.uuid4().hex, self.clock(), place=place, **said)
            turn = await self.system.assistant.turn(inbound, heard)
            record = turn_record(step.said, turn, time.perf_counter() - started)
            yield step, {**record, "slots": slots_of(turn)}, step.wrong(turn)

    async def hear(self, recording: bytes) -> dict[str, object]:
        """One spoken turn as its JSON record."""
        hearing: Hearing | None = None
        started = time.perf_counter()
        try:
            hearing = await self.system.assistant.hear(recording, self.place)
            turn, _ = await self._turn(Voice(recording), uuid.uuid4().hex, hearing)
        except SpeechError as error:
            turn = Turn((phrase(ReplyKind.INFO, f"voice.{type(error).__name__}"),))
        text = hearing.corrected if hearing else ""
        return {**turn_record(text, turn, time.perf_counter() - started), **hearing_record(hearing)}

    async def _turn(self, said: str | Voice, user: str, hearing: Hearing | None = None) -> tuple[Turn, float]:
        started = time.perf_counter()
        text, voice = (said, None) if isinstance(said, str) else (None, said)
        inbound = Inbound(CHANNEL, user, uuid.uuid4().hex, self.clock(), text=text, voice=voice, place=self.place)
        return await self.system.assistant.turn(inbound, hearing), time.perf_counter() - started


def _heard(readings: tuple[str, ...]) -> Heard:
    """As if the ear had read a recording so, the first reading for sure."""
    return Heard(tuple(Reading(text, 1 - number / 10) for number, text in enumerate(readings)), seconds=2.0)


@asynccontextmanager
async def trial(settings: Settings, now: str | None, place: str | None) -> AsyncIterator[Trial]:
    """A scratch system for as long as the block lasts."""
    clock, numbers = TrialClock(moment(now) if now else None), Numbers()
    with tempfile.TemporaryDirectory(prefix="xiangyin-") as folder:
        database = f"sqlite+aiosqlite:///{folder}/trial.db"
        async with assemble(
            settings, Path(folder), clock=clock, database=database, numbers=numbers, wait=True
        ) as system:
            yield Trial(system, clock, place, numbers)


def show(record: dict[str, object], *, as_json: bool) -> None:
    """Print a record: as JSON, or as a person reads it."""
    print(json.dumps(record, ensure_ascii=False) if as_json else f"{record['reply']}\n", flush=True)  # noqa: T201


async def ask(settings: Settings, texts: Iterable[str], now: str | None, place: str | None, *, as_json: bool) -> None:
    """Each text a question of a conversation of its own."""
    async with trial(settings, now, place) as one:
        for text in texts:
            show(await one.ask(text), as_json=as_json)


async def talk(settings: Settings, lines: Iterable[str], now: str | None, place: str | None, *, as_json: bool) -> None:
    """Each line a turn; `@now ISO` moves the clock, `@user NAME` switches the person."""
    user = "1"
    async with trial(settings, now, place) as one:
        for line in lines:
            command, _, rest = line.strip().partition(" ")
            if command == "@now":
                one.clock.fixed = moment(rest.strip())
            elif command == "@user":
                user = rest.strip()
            else:
                show(await one.say(line, user), as_json=as_json)


async def play(settings: Settings, files: Iterable[Path], now: str | None, place: str | None, *, as_json: bool) -> int:
    """Golden dialogues, each turn with what it has not brought; how many turns were not as they must be."""
    dialogues = [dialogue for path in files for dialogue in read_dialogues(path)]
    bad = 0
    async with trial(settings, now, place) as one:
        for dialogue in dialogues:
            if not as_json:
                say(f"== {dialogue.name}")
            async for step, record, wrong in one.play(dialogue):
                bad += bool(wrong)
                if not as_json:
                    say(f"> {step.said}")
                show({"dialogue": dialogue.name, **record, "wrong": wrong}, as_json=as_json)
                if wrong and not as_json:
                    say(f"✗ {'；'.join(wrong)}\n")
    return bad


async def hear(settings: Settings, files: Iterable[Path], now: str | None, place: str | None, *, as_json: bool) -> None:
    """Each file a spoken question."""
    async with trial(settings, now, place) as one:
        for path in files:
            with path.open("rb") as file:
                recording = file.read(settings.voice_max_bytes + 1)
            record = {"file": str(path), **await one.hear(recording)}
            if not as_json:
                sys.stdout.write(f"{path}: 听到：{record['corrected'] or '（没听到）'}\n")
            show(record, as_json=as_json)
