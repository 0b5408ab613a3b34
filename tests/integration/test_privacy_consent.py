"""Consent at the first message, what is kept without it, recordings, and the job that lets old things go."""

import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import select, update

from bot.app import System
from bot.delivery.models import OutboxRow
from bot.delivery.outbox import Envelope
from bot.metrics import Metrics
from bot.privacy.models import ConsentRow, RecordingRow
from bot.privacy.person import Account, Person
from bot.running.jobs import own_jobs
from bot.schedule import Schedule
from dialogs.booking.models import BookingRow, CommandRow
from dialogs.messages import Reply, ReplyKind
from dialogs.models import ConversationRow, HandledRow
from knowledge_base.models import QuestionRow
from knowledge_base.store import Store
from knowledge_base.warnings.models import PersonRow
from nlu.text.segmenter import Segmenter
from nlu.words import Words
from tests.conftest import NOW
from tests.fakes.house import House, last
from tests.fakes.privacy import ME, NEIGHBOUR, Home, Life, left, told

ASKED = "同意吗？不同意也照样答您"


@pytest.fixture
def home(store: Store, words: Words, segmenter: Segmenter, tmp_path: Path) -> Home:
    return Home(House(store, words, segmenter, NOW), tmp_path / "var")


@pytest.fixture
def recording_home(store: Store, words: Words, segmenter: Segmenter, tmp_path: Path) -> Home:
    return Home(House(store, words, segmenter, NOW), tmp_path / "var", voice_days=30)


async def answer_of(home: Home, who: Account = ME) -> str | None:
    async with home.store.session() as session:
        return await session.scalar(select(ConsentRow.answer).where(ConsentRow.user == who.user))


async def test_the_first_message_is_answered_and_the_question_goes_with_it(home: Home) -> None:
    first = await home.say("我家的猫咋回事", id_="first")
    assert "农技员" in first.replies[0].text
    assert ASKED in first.replies[1].text
    assert first.replies[1].spoken
    assert [choice.label for choice in first.replies[1].choices] == ["同意", "不同意", "念详细的给我听"]
    assert (await home.say("我家的猫咋回事", id_="first")).replies == first.replies
    assert ASKED not in told(await home.say("我家的狗咋回事")), "asked once"
    assert "12316" in told(await home.say("我家的狗咋回事", NEIGHBOUR))


@pytest.mark.parametrize("said", ["同意", "我同意", "中", "行", "得行", "好"])
async def test_yes_in_words(home: Home, said: str) -> None:
    await home.say("谢谢")
    assert "记下您同意了" in told(await home.say(said))
    assert await answer_of(home) == "yes"


@pytest.mark.parametrize("said", ["不同意", "我不愿意", "不行", "不中"])
async def test_no_in_words_and_aloud(home: Home, said: str) -> None:
    await home.say("谢谢")
    assert "照样答" in told(await home.speak(said))
    assert await answer_of(home) == "no"
    assert "农技员" in told(await home.say("我家的猫咋回事")), "who refuses is answered all the same"
    assert "记下您同意了" in told(await home.say("同意")), "and may think again"


async def test_a_bare_yes_later_is_none(home: Home) -> None:
    await home.say("谢谢")
    await home.say("我家的猫咋回事")
    await home.say("好")
    assert await answer_of(home) is None


async def test_danger_is_not_talked_over(home: Home) -> None:
    grave = await home.say("我喝了农药")
    assert grave.replies[0].kind is ReplyKind.HANDOFF
    assert ASKED not in told(grave)
    assert ASKED in told(await home.say("谢谢")), "asked afterwards"


async def test_the_whole_is_told_and_stands_on_a_page(home: Home) -> None:
    first = await home.say("谢谢")
    whole = last(await home.press("念详细的给我听", first))
    assert "柘城县农业农村局" in whole.text
    assert "https://farm.example/privacy" in whole.text
    assert "http" not in whole.spoken
    assert last(await home.say("你们都记我些啥")).text == whole.text
    app = FastAPI()
    app.include_router(home.parts.router())
    async with AsyncClient(transport=ASGITransport(app), base_url="https://farm.example") as browser:
        page = await browser.get("/privacy")
        assert (await browser.get("/privacy/privacy.css")).status_code == 200
        assert (await browser.get("/my-data/nothing")).status_code == 404
        assert (await browser.post("/my-data/nothing")).status_code == 404
        assert (await browser.post("/my-data/nothing", content=b"x" * 100)).status_code == 413
    for words in ("约农机", "您的录音", "180天", "第四十七条", "0370-7200000"):
        assert words in page.text


async def test_a_copy_as_a_page_shows_text_as_text(home: Home) -> None:
    await home.say("我家的猫<script>alert(1)</script>咋回事")
    path = await home.parts.copies.address(ME)
    app = FastAPI()
    app.include_router(home.parts.router())
    async with AsyncClient(transport=ASGITransport(app), base_url="https://farm.example") as browser:
        page = await browser.post(path, content="as=page")
    assert "&lt;script&gt;alert(1)" in page.text
    assert "<script>" not in page.text
    assert page.headers["cache-control"] == "no-store"
    path = await home.parts.copies.address(ME)
    home.house.later(hours=25)
    assert await home.parts.copies.take(path.rpartition("/")[2]) is None


async def test_without_consent_what_the_turn_needed_is_gone_after_two_hours(home: Home) -> None:
    for who, words in ((ME, "不同意"), (NEIGHBOUR, "同意")):
        await home.say("我家的猫咋回事", who)
        await home.say(words, who)
        await home.locate(34.0871235, 115.3054321, who)
    home.house.later(hours=1)
    await home.parts.forgetting.run()
    assert "conversations" in await left(home, ME.user)
    home.house.later(hours=1, minutes=1)
    done = await home.parts.forgetting.run()
    assert {"conversations", "handled", "people"} <= done.keys()
    assert set(await left(home, ME.user)) == {"questions", "people", "consents"}, "what waits for an agent waits"
    assert {"conversations", "handled"} <= set(await left(home, NEIGHBOUR.user))
    async with home.store.session() as session:
        where = {one.user: one.latitude for one in await session.scalars(select(PersonRow))}
        await session.execute(update(QuestionRow).values(state="answered", answered_at=home.house.now))
    assert where[ME.user] is None
    assert where[NEIGHBOUR.user] == pytest.approx(34.0871235)
    home.house.later(days=1)
    await home.parts.forgetting.run()
    assert "questions" not in await left(home, ME.user)
    assert "questions" in await left(home, NEIGHBOUR.user)


async def test_old_things_go_by_the_register(home: Home) -> None:
    life = Life(home)
    await life.lived()
    async with home.store.session() as session:
        await session.execute(update(QuestionRow).values(state="answered"))
        assert (await session.scalars(select(CommandRow))).all()
    home.house.later(days=31)
    done = await home.parts.forgetting.run()
    assert {"handled", "booking_commands", "link_tries", "recordings"} <= done.keys()
    assert not list((home.folder / "recordings").glob("*"))
    home.house.later(days=335)
    done = await home.parts.forgetting.run()
    assert {"conversations", "questions", "feedback", "price_reports", "help_calls", "ladder_people"} <= done.keys()
    assert "bookings" not in done
    home.house.later(days=732)
    assert {"bookings", "consultations"} <= (await home.parts.forgetting.run()).keys()
    held = set(await left(home, ME.user, *life.marks.values()))
    assert held == {
        "people",
        "morning_digests",
        "notice_refusals",
        "price_alerts",
        "preferences",
        "consents",
        "outbox",
    } | ({"consultation_stories"} & held)
    assert await home.parts.forgetting.run() == {}, "nothing is done twice"
    async with home.store.session() as session:
        assert (await session.scalars(select(BookingRow))).one().total, "the figure stays"


async def test_recordings_need_the_county_and_the_person(home: Home, recording_home: Home) -> None:
    await home.say("谢谢")
    await home.say("同意")
    assert "不留录音" in told(await home.say("我同意留下我的录音"))
    await home.speak("今天冷不冷")
    assert not (home.folder / "recordings").exists()


async def test_an_allowed_recording_is_sealed_and_goes_in_time(recording_home: Home) -> None:
    home = recording_home
    await home.say("谢谢")
    await home.say("同意")
    await home.speak("今天冷不冷")
    assert not (home.folder / "recordings").exists(), "the general yes is none for the voice"
    assert "最多留30天" in told(await home.say("可以留我的录音"))
    assert "录音留下了" in told(await home.say("愿意"))
    await home.speak("今天冷不冷")
    (file,) = (home.folder / "recordings").iterdir()
    assert "今天冷不冷".encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    async with home.store.session() as session:
        (row,) = (await session.scalars(select(RecordingRow))).all()
    assert await home.parts.recordings.open(row.id) == "今天冷不冷".encode()
    assert "不同意也照样" not in told(await home.say("不同意"))
    await home.speak("今天冷不冷")
    assert len(list((home.folder / "recordings").iterdir())) == 1, "a no is one for the voice too"
    home.house.later(days=31)
    await home.parts.forgetting.run()
    assert list((home.folder / "recordings").iterdir()) == []


async def test_a_deletion_at_one_machine_reaches_the_recordings_of_another(
    any_store: Store, words: Words, segmenter: Segmenter, tmp_path: Path
) -> None:
    def machine(name: str) -> Home:
        return Home(House(any_store, words, segmenter, NOW), tmp_path / name, voice_days=30)

    def files(home: Home) -> int:
        return len(list((home.folder / "recordings").glob("*")))

    one, other = machine("one"), machine("other")
    other._ids = one._ids
    for who in (ME, NEIGHBOUR):
        for said in ("谢谢", "同意", "可以留我的录音", "愿意"):
            await one.say(said, who)
        await one.speak("今天冷不冷", who)
    await other.speak("今天冷不冷")
    for file in tmp_path.glob("*/recordings/*"):
        os.utime(file, (NOW.timestamp(),) * 2)
    assert (files(one), files(other)) == (2, 1)
    await other.press("删录音", await other.say("把我的录音删了"))
    assert (files(one), files(other)) == (2, 0), "the files of the machine that hears it go at once"
    await one.parts.forgetting.sweep()
    assert files(one) == 2, "a file is there before its row is"
    one.house.later(minutes=6)
    await one.parts.forgetting.sweep()
    assert files(one) == 1, "the neighbour's is kept"

    other.house.later(days=31)
    await other.parts.forgetting.run()
    await one.parts.forgetting.sweep()
    assert files(one) == 0, "and what one machine finds too old goes at the other"


async def test_every_process_that_takes_messages_in_sweeps_its_own_folder(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: dict[str, timedelta] = {}
    monkeypatch.setattr(Schedule, "every", lambda _, interval, name, _job: jobs.update({name: interval}))
    parts = SimpleNamespace(privacy=home.parts)
    system = SimpleNamespace(metrics=Metrics(), clusters=None, learning=None, services=parts)
    async with own_jobs(cast("System", system)):
        assert jobs["sweep_sound"] == timedelta(minutes=5)


async def test_a_spoken_reply_that_nobody_hears_any_more_goes(home: Home) -> None:
    clip = home.folder / "cache" / "speech" / "ab" / "abc.ogg"
    clip.parent.mkdir(parents=True)
    clip.write_bytes(b"x")
    await home.parts.forgetting.run()
    assert clip.exists()
    home.house.now = home.house.now.fromtimestamp(clip.stat().st_mtime, home.house.now.tzinfo) + timedelta(days=31)
    await home.parts.forgetting.run()
    assert not clip.exists()


async def test_what_waits_to_be_sent_is_not_let_go(home: Home) -> None:
    await home.say("谢谢")
    await home.say("不同意")
    async with home.store.session() as session:
        await home.house.outbox.put(session, [Envelope(*ME, "a", Reply(ReplyKind.INFO, "x"))])
    home.house.later(days=100)
    await home.parts.forgetting.run()
    async with home.store.session() as session:
        assert len((await session.scalars(select(OutboxRow))).all()) == 1
        for table in (ConversationRow, HandledRow):
            assert (await session.scalars(select(table))).all() == []
    assert await home.parts.erasing.in_progress(Person((ME,))) == {}
