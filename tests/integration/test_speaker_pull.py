"""Loudspeakers by HTTP: job lists, speech files, reports, questions."""

import asyncio
import hashlib
import json
import uuid
from datetime import timedelta
from pathlib import Path

import pytest

from bot.channels.speaker import question
from bot.channels.speaker.sound import wav_samples
from bot.channels.speaker.style import style
from dialogs.messages import Inbound, Turn
from knowledge_base.store import Store
from knowledge_base.warnings.speakers import JobState
from nlu.speech.base import Clip, NoVoice
from tests.conftest import NOW
from tests.fakes.speakers import ELSEWHERE, VILLAGE, County
from tests.fakes.web import HEARD, hum


@pytest.fixture
async def county(store: Store, tmp_path: Path) -> County:
    """Three devices, of which one is elsewhere; nothing runs by itself."""
    county = County(store, tmp_path, now=NOW)
    await county.add("east", "west")
    await county.add("other", village="110101001001")
    return county


def record(**change: object) -> dict[str, object]:
    given: dict[str, object] = {
        "play": "p1",
        "id": "storm",
        "version": 1,
        "started": "2026-11-22T09:00:00+08:00",
        "ended": "2026-11-22T09:01:00+08:00",
        "repeats": 5,
        "volume": 80,
    }
    return given | change


async def test_a_device_gets_its_jobs_with_everything_it_needs_to_play_them(county: County) -> None:
    await county.warn()
    await county.work()
    async with county.asked("east") as device:
        answer = await device.get("/speaker/jobs")
        (job,) = answer.json()["jobs"]
        ogg = await device.get(job["audio"]["ogg"]["url"])
        wav = await device.get(job["audio"]["wav"]["url"], auth=None)
    red = style().colours[1]
    assert {key: job[key] for key in ("id", "version", "colour", "drill", "cancel", "expires", "text")} == {
        "id": "storm",
        "version": 1,
        "colour": "red",
        "drill": False,
        "cancel": False,
        "expires": "2026-11-22T02:00:00Z",
        "text": "县气象台发布暴雨红色预警，请马上转移。",
    }
    assert (job["repeat"], job["pause"], job["volume"], job["chime"]) == (red.repeat, red.pause, 100, "siren")
    for file, kind in ((ogg, "ogg"), (wav, "wav")):
        assert file.headers["content-type"] == f"audio/{kind}"
        assert hashlib.sha256(file.content).hexdigest() == job["audio"][kind]["sha256"]
    chime = sum(tone[2] for tone in style().chimes["siren"].tones)
    assert wav_samples(wav.content).size / 16_000 == pytest.approx(chime + style().gap + 0.6, abs=0.1)
    assert job["audio"]["seconds"] == pytest.approx(wav_samples(wav.content).size / 16_000, abs=0.01)


async def test_speech_is_made_once_for_all_devices_and_survives_a_restart(county: County, store: Store) -> None:
    await county.warn()
    await county.work()
    await county.work()
    assert len(county.mouth.said) == 1
    again = County(store, county.folder, now=NOW)
    await again.work()
    assert again.mouth.said == []
    (county.folder / "speech").rename(county.folder / "lost")
    await again.work()
    assert len(again.mouth.said) == 1


async def test_a_long_warning_is_said_in_parts(county: County) -> None:
    await county.warn(text="今晚有大暴雨，请注意防范。" * 120)
    await county.work()
    assert len(county.mouth.said) > 1
    assert all(len(part) < 800 for part in county.mouth.said)
    assert "".join(county.mouth.said).count("大暴雨") == 120


async def test_the_list_is_only_sent_again_when_it_has_changed(county: County) -> None:
    async with county.asked("east") as device:
        empty = await device.get("/speaker/jobs")
        assert empty.json() == {"jobs": []}
        same = await device.get("/speaker/jobs", headers={"If-None-Match": empty.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        await county.warn()
        await county.work()
        full = await device.get("/speaker/jobs", headers={"If-None-Match": empty.headers["etag"]})
        assert full.status_code == 200
        same = await device.get("/speaker/jobs", headers={"If-None-Match": full.headers["etag"]})
        assert same.status_code == 304


async def test_a_waiting_request_is_answered_when_something_comes(county: County) -> None:
    async with county.asked("east") as device, county.asked("other") as elsewhere:
        tag = (await device.get("/speaker/jobs")).headers["etag"]
        waiting = [
            asyncio.create_task(one.get("/speaker/jobs?wait=60", headers={"If-None-Match": tag}))
            for one in (device, elsewhere)
        ]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in waiting)
        await county.warn()
        await county.work()
        assert [job["id"] for job in (await waiting[0]).json()["jobs"]] == ["storm"]
        assert not waiting[1].done()
        waiting[1].cancel()
        await asyncio.gather(waiting[1], return_exceptions=True)


async def test_a_waiting_request_ends_after_its_time(county: County) -> None:
    async with county.asked("east") as device:
        tag = (await device.get("/speaker/jobs")).headers["etag"]
        answer = await device.get("/speaker/jobs?wait=1", headers={"If-None-Match": tag})
        assert answer.status_code == 304
        for wait in ("x", "-1", "9" * 50):
            assert (await device.get(f"/speaker/jobs?wait={wait}")).status_code == 200


async def test_only_what_is_valid_is_given_to_who_comes_back(county: County) -> None:
    await county.warn("storm", expires=NOW + timedelta(minutes=10))
    await county.warn("hail", colour=2)
    await county.warn("frost", area=ELSEWHERE)
    await county.work()
    county.now = NOW + timedelta(minutes=10)
    await county.work()
    async with county.asked("east") as device:
        assert [job["id"] for job in (await device.get("/speaker/jobs")).json()["jobs"]] == ["hail"]


async def test_a_cancel_stops_before_its_words_are_spoken(county: County) -> None:
    await county.warn()
    await county.work()
    listed: list[list[dict[str, object]]] = []

    async def slowly(text: str, *, slow: bool = False) -> Clip:
        async with county.asked("east") as device:
            listed.append((await device.get("/speaker/jobs")).json()["jobs"])
        return Clip(hum(), 0.6)

    county.mouth.speak = slowly  # type: ignore[method-assign]
    await county.warn(version=2, cancel=True, text="暴雨红色预警解除。")
    await county.work()
    assert [(job["version"], job["cancel"], job["audio"]) for job in listed[0]] == [(2, True, None)]
    async with county.asked("east") as device:
        (job,) = (await device.get("/speaker/jobs")).json()["jobs"]
    assert job["audio"] is not None


async def test_without_a_voice_the_words_go_out_and_the_sound_follows(county: County) -> None:
    async def broken(text: str, *, slow: bool = False) -> Clip:
        raise NoVoice("no")

    well, county.mouth.speak = county.mouth.speak, broken  # type: ignore[method-assign]
    await county.warn()
    await county.work()
    async with county.asked("east") as device:
        (job,) = (await device.get("/speaker/jobs")).json()["jobs"]
        assert (job["audio"], job["text"][:5]) == (None, "县气象台发")
        assert county.observer.failures == ["speaker.announce"]
        county.mouth.speak = well  # type: ignore[method-assign]
        await county.work()
        assert (await device.get("/speaker/jobs")).json()["jobs"] == [job]
        county.now = NOW + timedelta(seconds=30)
        await county.work()
        assert (await device.get("/speaker/jobs")).json()["jobs"][0]["audio"] is not None


@pytest.mark.parametrize(("colour", "seconds"), [(1, 5), (2, 15), (3, 120)])
async def test_speech_that_takes_long_holds_a_warning_up_for_a_moment_only(
    county: County, colour: int, seconds: int
) -> None:
    going = asyncio.Event()

    async def slowly(text: str, *, slow: bool = False) -> Clip:
        await going.wait()
        return Clip(hum(), 0.6)

    county.mouth.speak = slowly  # type: ignore[method-assign]
    await county.warn(colour=colour)
    speaking = asyncio.create_task(county.service.announcer.speak())
    listed: list[list[bool]] = []
    async with county.asked("east") as device:
        for after in (seconds - 1, seconds, seconds + 1):
            county.now = NOW + timedelta(seconds=after)
            await county.service.announcer.refresh()
            jobs = (await device.get("/speaker/jobs")).json()["jobs"]
            listed.append([job["audio"] is not None for job in jobs])
            if after == seconds:
                going.set()
                await speaking
    assert listed == [[], [False], [True]]


async def test_a_drill_is_never_without_its_words(store: Store, tmp_path: Path) -> None:
    async def broken(text: str, *, slow: bool = False) -> Clip:
        raise NoVoice("no")

    county = County(store, tmp_path, now=NOW, drills=True)
    await county.add("east")
    county.mouth.speak = broken  # type: ignore[method-assign]
    await county.warn(drill=True)
    county.now = NOW + timedelta(minutes=10)
    await county.work()
    async with county.asked("east") as device:
        assert (await device.get("/speaker/jobs")).json() == {"jobs": []}


async def test_a_drill_is_announced_as_a_drill(store: Store, tmp_path: Path) -> None:
    county = County(store, tmp_path, now=NOW, drills=True)
    await county.add("east")
    await county.warn(drill=True)
    await county.work()
    assert county.mouth.said[0].startswith("演练")
    async with county.asked("east") as device:
        (job,) = (await device.get("/speaker/jobs")).json()["jobs"]
    assert job["drill"] is True
    assert job["text"].startswith("演练")
    assert job["text"].rpartition("转移。")[2].strip().startswith("演练")
    assert job["chime"] == "bell"


async def test_no_device_is_louder_than_it_may_be(county: County) -> None:
    await county.add("school", volume=40)
    await county.warn()
    await county.work()
    async with county.asked("school") as device:
        assert (await device.get("/speaker/jobs")).json()["jobs"][0]["volume"] == 40


@pytest.mark.parametrize("path", ["/speaker/jobs", "/speaker/heartbeat", "/speaker/played", "/speaker/ask"])
async def test_only_its_own_key_opens_for_a_device(county: County, path: str) -> None:
    method = "GET" if path == "/speaker/jobs" else "POST"
    old, county.keys["west"] = county.keys["west"], await county.registry.renew("west")
    for speaker, key, reason in (
        ("east", county.keys["west"], "foreign"),
        ("west", old, "renewed"),
        ("east", "", "wrong"),
        ("nobody", county.keys["east"], "unknown"),
    ):
        county.observer.failures.clear()
        async with county.asked(speaker, key) as device:
            answer = await device.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (401, "key")
        assert answer.headers["www-authenticate"].startswith("Basic")
        assert county.observer.failures == [f"speaker.{reason}"]
    async with county.asked("east") as device:
        for header in ("Bearer x", "Basic", "Basic ###", "Basic /w==", ""):
            answer = await device.request(method, path, headers={"Authorization": header}, auth=None)
            assert answer.status_code == 401


async def test_a_speech_file_opens_only_with_the_address_that_was_given(county: County) -> None:
    await county.warn()
    await county.work()
    async with county.asked("east") as device:
        (job,) = (await device.get("/speaker/jobs")).json()["jobs"]
        url = job["audio"]["wav"]["url"]
        for wrong in (
            url.replace("speaker=east", "speaker=west"),
            url.replace("until=", "until=9"),
            url.replace("until=", "until=x"),
            url[:-1] + ("A" if url[-1] != "A" else "B"),
            url.partition("?")[0],
        ):
            assert (await device.get(wrong)).status_code == 403
        part = await device.get(url, headers={"Range": "bytes=0-43"})
        assert (part.status_code, part.content[:4]) == (206, b"RIFF")
        county.now = NOW + timedelta(hours=1)
        assert (await device.get(url)).status_code == 403


async def test_what_is_over_is_removed_from_the_disk_in_time(county: County) -> None:
    import os

    await county.warn()
    await county.work()
    files = sorted((county.folder / "speech").iterdir())
    for path in files:
        os.utime(path, (0, 0))
    assert len(files) == 2
    county.now = NOW + timedelta(minutes=59, seconds=59)
    await county.work()
    assert sorted((county.folder / "speech").iterdir()) == files
    county.now = NOW + timedelta(hours=2)
    await county.work()
    assert list((county.folder / "speech").iterdir()) == []


async def test_a_heartbeat_tells_the_time_and_whether_there_is_something_to_do(county: County) -> None:
    async with county.asked("east") as device:
        before = (await device.post("/speaker/heartbeat", json={"firmware": "2.1", "new": 1})).json()
        await county.warn()
        await county.work()
        after = (await device.post("/speaker/heartbeat")).json()
        tag = (await device.get("/speaker/jobs")).headers["etag"]
        assert before["now"] == "2026-11-22T01:00:00Z"
        assert (before["jobs"] != after["jobs"], f'"{after["jobs"]}"') == (True, tag)
        for wrong in ("{", "[]", '{"volume": 101}', json.dumps({"firmware": "x" * 41})):
            assert (await device.post("/speaker/heartbeat", content=wrong)).status_code == 400
        assert (await device.post("/speaker/heartbeat", content=b" " * 70_000)).status_code == 413


async def test_play_records_are_kept_before_they_are_answered(county: County) -> None:
    await county.warn()
    await county.work()
    async with county.asked("east") as device:
        await device.get("/speaker/jobs")
        assert (await device.post("/speaker/played", json=record())).status_code == 200
        both = [record(), record(play="p2", error="no_power")]
        assert (await device.post("/speaker/played", json=both)).status_code == 200
    east, west = await county.jobs.report("storm")
    assert (east.state, west.state) == (JobState.PLAYED, JobState.WAITING)
    assert [(play.play, play.repeats, play.volume, play.error) for play in east.plays] == [
        ("p1", 5, 80, None),
        ("p2", 5, 80, "no_power"),
    ]
    assert east.plays[0].started == NOW


async def test_fetching_the_list_counts_as_delivered(county: County) -> None:
    await county.warn()
    await county.work()
    async with county.asked("east") as device:
        await device.get("/speaker/jobs")
    east, west = await county.jobs.report("storm")
    assert (east.state, east.sent_at, west.state) == (JobState.SENT, NOW, JobState.WAITING)


@pytest.mark.parametrize(
    "wrong",
    [
        {"play": ""},
        {"play": "x" * 65},
        {"version": -1},
        {"version": 3_000_000_000},
        {"started": "2026-11-22T09:00:00"},
        {"volume": 101},
        {"repeats": -1},
        {"error": "x" * 81},
    ],
)
async def test_a_record_that_makes_no_sense_is_refused(county: County, wrong: dict[str, object]) -> None:
    async with county.asked("east") as device:
        answer = await device.post("/speaker/played", json=record(**wrong))
        assert (answer.status_code, answer.json()["code"]) == (400, "broken")
        many = [record(play=str(number)) for number in range(101)]
        assert (await device.post("/speaker/played", json=many)).status_code == 413


async def test_a_question_is_answered_aloud_without_knowing_who_asked(county: County) -> None:
    async with county.asked("east") as device:
        asked = str(uuid.uuid4())
        answer = await device.post(f"/speaker/ask?id={asked}", content=b"sound", headers={"Content-Type": "audio/ogg"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/ogg")
        assert answer.content == county.mouth.clip.data
        as_wav = await device.post(
            f"/speaker/ask?id={asked}", content=b"sound", headers={"Accept": "audio/wav", "Content-Type": "audio/ogg"}
        )
        assert wav_samples(as_wav.content).size > 8_000
    inbound = county.handler.inbounds[0]
    assert (inbound.channel, inbound.user, inbound.place) == ("speaker", "east", VILLAGE)
    assert inbound.voice is not None
    assert (inbound.voice.data, inbound.voice.mime, inbound.external_id) == (b"sound", "audio/ogg", asked)
    assert county.handler.inbounds[1].external_id == asked
    assert "草地贪夜蛾" in county.mouth.said[0]
    assert HEARD not in county.mouth.said[0]


async def test_questions_are_bounded(county: County) -> None:
    async with county.asked("east") as device:

        async def ask(body: bytes, query: str = "") -> tuple[int, str]:
            answer = await device.post(f"/speaker/ask{query or f'?id={uuid.uuid4()}'}", content=body)
            return answer.status_code, answer.json()["code"] if answer.status_code != 200 else ""

        assert await ask(b"x", "?id=1") == (400, "broken")
        assert await ask(b"x", "?") == (400, "broken")
        assert await ask(b"") == (400, "empty")
        assert await ask(b"x" * 100_001) == (413, "too_large")
        assert [await ask(b"x") for _ in range(4)] == [(200, ""), (200, ""), (200, ""), (429, "too_fast")]
    async with county.asked("west") as device:
        assert await ask(b"x") == (200, "")


async def test_without_a_voice_the_answer_comes_in_words(county: County) -> None:
    async def broken(text: str, *, slow: bool = False) -> Clip:
        raise NoVoice("no")

    county.mouth.speak = broken  # type: ignore[method-assign]
    async with county.asked("east") as device:
        answer = await device.post(f"/speaker/ask?id={uuid.uuid4()}", content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_voice")
    assert "草地贪夜蛾" in answer.json()["text"]


async def test_an_answer_that_takes_long_to_be_spoken_is_asked_for_again(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slowly(text: str, *, slow: bool = False) -> Clip:
        return await asyncio.Event().wait()  # type: ignore[return-value]

    well, county.mouth.speak = county.mouth.speak, slowly  # type: ignore[method-assign]
    usual = question.SPEAK_SECONDS
    monkeypatch.setattr(question, "SPEAK_SECONDS", 0.01)
    path = f"/speaker/ask?id={uuid.uuid4()}"
    async with county.asked("east") as device:
        answer = await device.post(path, content=b"x")
        assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "10")
        county.mouth.speak = well  # type: ignore[method-assign]
        monkeypatch.setattr(question, "SPEAK_SECONDS", usual)
        assert (await device.post(path, content=b"x")).status_code == 200


async def test_a_fault_in_the_turn_ends_in_a_sentence(county: County) -> None:
    def fail(inbound: Inbound) -> Turn:
        raise RuntimeError("what the person said")

    county.handler.script = fail
    async with county.asked("east") as device:
        answer = await device.post(f"/speaker/ask?id={uuid.uuid4()}", content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (500, "failed")
    assert "what the person said" not in answer.text


async def test_a_store_that_is_gone_is_said_and_the_line_goes_on(county: County) -> None:
    await county.store.migrate("base")
    async with county.asked("east") as device:
        answer = await device.get("/speaker/jobs")
        assert (answer.status_code, answer.json()["code"]) == (503, "store")
    await county.store.migrate()
