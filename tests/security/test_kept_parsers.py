"""What lies in files and in the database, and what we write, under anything: read or refused in the parser's own words."""

import contextlib
import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from bot.backup_file import BackupRefused, BackupWriter, read_backup
from bot.booking.calendar import written
from bot.dialogues import DialoguesBroken, read_dialogues
from bot.places import import_villages
from bot.settings import Settings
from dialogs.booking.jobbook import Off
from dialogs.booking.terms import Booking, Person, State
from dialogs.conversations import Conversations
from dialogs.messages import Inbound
from dialogs.models import ConversationRow, HandledRow
from dialogs.session import Session
from knowledge_base.store import Store
from knowledge_base.warnings.villages import VillagesBroken, read_villages
from nlu.text.gazetteer import Gazetteer
from tests.conftest import NOW
from tests.fakes.booking import wish
from tests.security.spoiling import ANY_JSON, FEW, LEAF, ODD, PICKS, spoilt

CELL = st.text(max_size=15) | ODD


def table(rows: Sequence[Sequence[str]]) -> str:
    """A CSV file's text."""
    out = io.StringIO()
    csv.writer(out).writerows([("code", "name", "latitude", "longitude", "aliases"), *rows])
    return out.getvalue()


@FEW
@given(
    rows=st.lists(st.lists(CELL | st.just("370783101"), max_size=6), max_size=4),
    raw=st.binary(max_size=80),
    head=st.booleans(),
)
def test_tables_of_villages(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], raw: bytes, head: bool
) -> None:
    folder = tmp_path_factory.mktemp("villages")
    path = folder / "villages.csv"
    path.write_bytes(table(rows).encode("utf-8", "surrogatepass") if head else b"code,name\n" + raw)
    imported = import_villages(path, folder / "words", GAZETTEER)
    assert imported.problems or imported.written is None or imported.written.is_relative_to(folder)
    try:
        read_villages(path)
    except VillagesBroken:
        return


GAZETTEER = Gazetteer.load()


@FEW
@given(text=st.text(max_size=30) | ODD)
def test_a_calendar_has_the_lines_that_we_wrote_and_no_others(text: str) -> None:
    """A place or a machine named by somebody begins no line of its own."""
    hostile = f"{text}\r\nATTENDEE:mailto:x@evil.example\nBEGIN:VALARM"
    job = Booking(
        id="b1",
        number="12345",
        state=State.ACCEPTED,
        person=Person("web", "x"),
        wish=wish(place_text=hostile),
        provider=hostile,
        provider_person=None,
        machine=hostile,
        day=date(2026, 11, 24),
        last_day=None,
        part=None,
        price_mu=Decimal(60),
        total=Decimal(210),
        distance_km=None,
        pooled=0,
        until=None,
    )
    off = Off(date(2026, 11, 25), date(2026, 11, 25), hostile)
    found = written(hostile, [job], [off], NOW)
    lines = found.replace(b"\r\n ", b"").split(b"\r\n")
    assert not [line for line in lines if line.startswith((b"ATTENDEE", b"BEGIN:VALARM"))]
    assert b"\r" not in found.replace(b"\r\n", b"")
    assert len(icalendar.Calendar.from_ical(found).walk("VEVENT")) == 2


@FEW
@given(raw=st.binary(max_size=60), at=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_a_backup(tmp_path_factory: pytest.TempPathFactory, raw: bytes, at: int, byte: int) -> None:
    path = tmp_path_factory.mktemp("backup") / "b"
    with BackupWriter(path) as writer:
        writer.add("tables.json", b"{}" * 100)
    good = path.read_bytes()
    assert [part.name for part in read_backup(path)] == ["tables.json"]
    spot = at % len(good)
    for data in (raw, good[:20] + raw, good[:spot], good[:spot] + bytes([good[spot] ^ byte]) + good[spot + 1 :]):
        path.write_bytes(data)
        try:
            parts = [part.read() for part in read_backup(path)]
        except BackupRefused:
            continue
        assert parts == [b"{}" * 100]


@FEW
@given(text=st.text(max_size=60), anything=ANY_JSON)
def test_dialogues(tmp_path_factory: pytest.TempPathFactory, text: str, anything: object) -> None:
    path = tmp_path_factory.mktemp("dialogues") / "d.yaml"
    for content in (text, json.dumps(anything), json.dumps([{"name": "x", "turns": anything}])):
        path.write_text(content, "utf-8")
        try:
            read_dialogues(path)
        except DialoguesBroken:
            continue


@FEW
@given(name=st.sampled_from(sorted(Settings.model_fields)), value=st.text(max_size=20) | ODD)
def test_settings(name: str, value: str) -> None:
    with contextlib.suppress(ValidationError):
        Settings(_env_file=None, **{name: value})  # type: ignore[arg-type]


async def test_what_another_version_kept_is_begun_anew(store: Store) -> None:
    """Conversation and turn of a person, with any JSON in their place."""
    kept: list[Any] = []
    state = Session(crop="小麦", touched_at=NOW).model_dump(mode="json")

    @FEW
    @given(picks=PICKS, leaf=LEAF, anything=ANY_JSON)
    def made_up(picks: list[int], leaf: object, anything: Any) -> None:
        kept.extend(json.loads(TypeAdapter(Any).dump_json(one)) for one in [spoilt(state, picks, leaf), anything])

    made_up()
    conversations = Conversations(store)
    async with store.session() as session:
        session.add_all(
            row
            for number, one in enumerate(kept)
            for row in (
                ConversationRow(channel="web", user=str(number), state=one, updated_at=NOW),
                HandledRow(channel="web", user=str(number), external_id="m", turn=one, at=NOW),
            )
        )
    for number in range(len(kept)):
        inbound = Inbound("web", str(number), "m", datetime.now(UTC) + timedelta(0), text="好")
        assert isinstance(await conversations.load(inbound), Session)
        await conversations.handled(inbound)
