"""What one process has made or seen is there for another that has only the database, and the secret, in common."""

from datetime import datetime, timedelta
from pathlib import Path

import httpx
from fastapi import FastAPI

from bot.channels.web.app import create_web
from bot.channels.web.limits import Limits
from bot.channels.web.speech import Speeches
from bot.channels.web.texts import load_texts
from bot.pictures import Pictures
from bot.warnings.looks import Looks
from knowledge_base.kept_files import KeptFiles
from knowledge_base.store import Store
from knowledge_base.warnings.look_book import LookBook
from tests.fakes.postgres import PostgresServer
from tests.fakes.speakers import County
from tests.fakes.web import CannedHandler, HummingMouth

SECRET = "the secret of the tests"


async def test_a_loudspeaker_gets_its_sound_from_a_process_that_did_not_make_it(
    postgres: PostgresServer, tmp_path: Path, now: datetime
) -> None:
    store = Store(postgres.new_database())
    await store.migrate()
    speaks, serves = County(store, tmp_path / "a", now=now), County(store, tmp_path / "b", now=now)
    await speaks.add("s1")
    await speaks.warn()
    await speaks.service.announcer.speak()
    assert len(speaks.mouth.said) > 0
    await serves.service.announcer.refresh()
    sheet = serves.service.announcer.board.sheets["s1"]
    assert b".ogg" in sheet.body
    assert {path.name for path in (tmp_path / "a/speech").iterdir()} == {
        path.name for path in (tmp_path / "b/speech").iterdir()
    }
    await serves.service.announcer.speak()
    assert serves.mouth.said == [], "who takes the lead over does not speak it again"
    serves.now = now + timedelta(hours=3)
    await serves.service.announcer.refresh()
    async with store.session() as session:
        left = await session.run_sync(lambda one: one.connection().exec_driver_sql("SELECT name FROM kept_files").all())
    assert left == [], "what is over goes"
    await store.close()


async def test_sound_in_sqlite_stays_in_the_folder(store: Store, tmp_path: Path, now: datetime) -> None:
    county = County(store, tmp_path, now=now)
    await county.add("s1")
    await county.warn()
    await county.service.announcer.speak()
    name = next((tmp_path / "speech").iterdir()).name
    assert await KeptFiles(store, lambda: now).get(name) is None


async def test_kept_files(any_store: Store, now: datetime) -> None:
    moment = now
    files = KeptFiles(any_store, lambda: moment)
    await files.put("a", b"1")
    await files.put("a", b"1")
    await files.put("b", b"2")
    assert await files.get("a") == b"1"
    moment = now + timedelta(hours=1)
    await files.put("c", b"3")
    await files.tidy({"b"}, moment)
    assert [await files.get(name) for name in "abc"] == [None, b"2", b"3"]


async def test_when_sources_were_looked_at_is_known_to_who_does_not_look(store: Store, now: datetime) -> None:
    leads = Looks(lambda: now, LookBook(store), ["folder", "feed.1"])
    answers = Looks(lambda: now, LookBook(store), ["folder", "feed.1"])
    folder, feed = leads.at("folder"), leads.at("feed.1")
    folder()
    await leads.keep()
    assert await answers.last() is None, "the feed has not been reached yet"
    feed()
    await leads.keep()
    assert await answers.last() == now
    assert await Looks(lambda: now, LookBook(store), []).last() is None


async def test_an_address_of_speech_is_good_in_every_process() -> None:
    """The page shows its text to a process that has never said it, which knows it by its signature."""
    texts, mouth, text = load_texts(), HummingMouth(), "明早八点，收割机到。"
    address = Speeches(SECRET, mouth, texts, Limits()).offer(text)
    assert address is not None
    other: FastAPI = create_web(CannedHandler(), mouth, texts, SECRET)
    transport = httpx.ASGITransport(app=other)
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers={"Origin": "http://x"}) as page:
        assert (await page.get(address)).status_code == 404
        heard = await page.post(address, content=text.encode())
        assert heard.status_code == 200
        assert heard.content == mouth.clip.data
        assert (await page.post(address, content="别的话".encode())).status_code == 404
        assert (await page.get(address)).status_code == 200, "and from then on it is known"


async def test_a_picture_is_drawn_wherever_it_is_looked_at(tmp_path: Path) -> None:
    async def draw(parts: list[str]) -> bytes:
        return "/".join(parts).encode()

    here, there = (Pictures(tmp_path / name, {"price": draw}) for name in "ab")
    assert await here.get("price/1/x.png") == await there.get("price/1/x.png") == b"1/x"
