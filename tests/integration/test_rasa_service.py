"""The understanding service with a real model, and its watcher."""

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from bot.settings import Settings
from nlu import rasa_project
from nlu.rasa_client import LONGEST_TEXT, RasaUnderstander
from nlu.rasa_process import Endpoint, Limits, RasaProcess, ServiceState
from nlu.training import train
from nlu.understanding import UnderstanderDown
from tests.fakes.training_files import SENTENCES, little_files
from tests.fakes.until import until

pytestmark = [pytest.mark.needs_rasa, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(600)]

PYTHON = Settings().rasa_python
LIMITS = Limits(health_every=0.2, health=10, start=300)
SECRET = "张三欠我三千块"
"""What a user says must not be found in any log."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(little_files(), tmp_path_factory.mktemp("cache"), PYTHON)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def seen() -> list[ServiceState]:
    """The states of the service, in order."""
    return []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(model: Path, run_dir: Path, seen: list[ServiceState]) -> AsyncIterator[RasaProcess]:
    service = RasaProcess(PYTHON, run_dir, LIMITS, seen.append)
    await service.start(model)
    yield service
    await service.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rasa(service: RasaProcess) -> AsyncIterator[RasaUnderstander]:
    async with RasaUnderstander(lambda: service.endpoint, timeout=60) as rasa:
        yield rasa


async def endpoint_of(service: RasaProcess) -> Endpoint:
    async with asyncio.timeout(300):
        await service.wait_for(ServiceState.READY)
    assert service.endpoint
    return service.endpoint


async def test_it_is_down_until_the_model_is_loaded(model: Path, tmp_path: Path) -> None:
    service = RasaProcess(PYTHON, tmp_path, LIMITS)
    await service.start(model)
    assert service.endpoint is None
    async with RasaUnderstander(lambda: service.endpoint) as rasa:
        with pytest.raises(UnderstanderDown):
            await rasa.parse("玉米生虫")
    await service.stop()


async def test_it_understands(service: RasaProcess, rasa: RasaUnderstander) -> None:
    await endpoint_of(service)
    parse = await rasa.parse("水稻叶子发黄怎么办")
    assert (parse.intent, parse.by) == ("agronomy", "rasa")
    assert sum(confidence for _, confidence in parse.ranking) == pytest.approx(1)
    assert parse.ranking[0] == (parse.intent, parse.confidence)
    assert [confidence for _, confidence in parse.ranking] == sorted((c for _, c in parse.ranking), reverse=True)
    assert [(e.kind, e.text, e.start, e.end) for e in parse.entities] == [("crop", "水稻", 0, 2)]


async def test_a_word_of_the_custom_dictionary_is_found_whole(service: RasaProcess, rasa: RasaUnderstander) -> None:
    await endpoint_of(service)
    parse = await rasa.parse("金铁锁多少钱一斤")
    assert (parse.intent, [(e.kind, e.text) for e in parse.entities]) == ("price", [("crop", "金铁锁")])


async def test_a_sentence_that_sounds_alike_is_understood(service: RasaProcess, rasa: RasaUnderstander) -> None:
    await endpoint_of(service)
    assert (await rasa.parse("米天霞雨部")).intent == "weather"  # 明天下雨不, by ear


@pytest.mark.parametrize("text", ["", " ", "😀", "\x00", "\ud800", "<b>'; DROP TABLE", "好" * 10_000])
async def test_odd_text_gets_an_answer(service: RasaProcess, rasa: RasaUnderstander, text: str) -> None:
    await endpoint_of(service)
    parse = await rasa.parse(text)
    assert parse.intent in SENTENCES


async def test_only_the_holder_of_the_token_is_served(service: RasaProcess) -> None:
    endpoint = await endpoint_of(service)
    url, good = f"{endpoint.url}/model/parse", endpoint.headers
    async with httpx.AsyncClient(timeout=60) as client:
        text = {"text": SECRET}
        assert (await client.post(url, headers=good, json=text)).status_code == 200
        assert (await client.post(url, json=text)).status_code == 401
        assert (await client.post(url, headers={"Authorization": "Bearer wrong"}, json=text)).status_code == 401
        assert (await client.get(f"{endpoint.url}/health")).status_code == 401
        assert (await client.post(url, headers=good | {"Host": "evil.example"}, json=text)).status_code == 421
        assert (await client.post(url, headers=good, content=b"{")).status_code == 400
        assert (await client.post(url, headers=good, json={"text": 1})).status_code == 400
        assert (await client.post(url, headers=good, json={"text": "好" * (LONGEST_TEXT + 1)})).status_code == 413
        for path in ("/model", "/model/train", "/webhooks/rest/webhook", "/conversations/a/messages"):
            assert (await client.post(f"{endpoint.url}{path}", headers=good)).status_code == 404


def listeners(port: int) -> list[str]:
    """Addresses that anybody listens on at the port, as the kernel writes them."""
    tables = [Path(f"/proc/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]


async def test_it_listens_on_this_machine_only(service: RasaProcess) -> None:
    port = int((await endpoint_of(service)).url.rpartition(":")[2])
    assert await asyncio.to_thread(listeners, port) == [f"0100007F:{port:04X}"]


async def test_what_users_say_is_in_no_log(service: RasaProcess, run_dir: Path) -> None:
    endpoint = await endpoint_of(service)
    async with httpx.AsyncClient(timeout=60) as client:
        broken = b'{"text": "' + SECRET.encode() + b'\\ud800"}'  # half a character: something inside raises
        answer = await client.post(f"{endpoint.url}/model/parse", headers=endpoint.headers, content=broken)
    assert answer.status_code == 500
    await until(lambda: "UnicodeEncodeError at" in (run_dir / "rasa.log").read_text(encoding="utf-8"))
    log = (run_dir / "rasa.log").read_text(encoding="utf-8")
    assert "ERROR aiohttp.server" in log
    assert SECRET not in log
    assert endpoint.token not in log


async def test_a_killed_service_comes_back_and_answers(
    service: RasaProcess, rasa: RasaUnderstander, seen: list[ServiceState]
) -> None:
    before = await endpoint_of(service)
    restarts, killed = service.restarts, service.pid
    assert killed
    seen.clear()
    os.kill(killed, signal.SIGKILL)
    await until(lambda: ServiceState.DOWN in seen, 60)
    with pytest.raises(UnderstanderDown):
        await rasa.parse("玉米生虫")
    after = await endpoint_of(service)
    assert (await rasa.parse("小麦多少钱")).intent == "price"
    assert (service.restarts, service.pid == killed) == (restarts + 1, False)
    assert after.token != before.token


async def test_a_hanging_service_is_replaced(
    service: RasaProcess, rasa: RasaUnderstander, seen: list[ServiceState]
) -> None:
    await endpoint_of(service)
    restarts, hanging = service.restarts, service.pid
    assert hanging
    seen.clear()
    os.kill(hanging, signal.SIGSTOP)
    await until(lambda: ServiceState.DOWN in seen, 60)
    with pytest.raises(ProcessLookupError):
        os.kill(hanging, 0)
    await endpoint_of(service)
    assert (await rasa.parse("明天下雨吗")).intent == "weather"
    assert service.restarts == restarts + 1


async def test_stopped_means_gone(service: RasaProcess, rasa: RasaUnderstander) -> None:
    await endpoint_of(service)
    pid = service.pid
    assert pid
    await service.stop()
    assert (service.state, service.endpoint) == (ServiceState.STOPPED, None)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(UnderstanderDown):
        await rasa.parse("玉米生虫")


@pytest.mark.parametrize(
    ("python", "model_name"), [(sys.executable, "model.tar.gz"), ("/no/python", ""), (str(PYTHON), "no-model")]
)
async def test_what_cannot_start_is_tried_again(tmp_path: Path, python: str, model_name: str) -> None:
    states: asyncio.Queue[ServiceState] = asyncio.Queue()
    service = RasaProcess(Path(python), tmp_path, LIMITS, states.put_nowait)
    await service.start(tmp_path / model_name)
    async with asyncio.timeout(300):
        seen = [await states.get() for _ in range(4)]
    assert seen == [ServiceState.STARTING, ServiceState.DOWN] * 2
    assert service.restarts == 1
    await service.stop()
    assert states.get_nowait() == ServiceState.STOPPED


PARENT = """
import subprocess, sys, time
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE)
print(child.pid, flush=True)
time.sleep(600)
"""


def outlived(model: Path, run_dir: Path) -> bool:
    """Whether a service is still there some seconds after its parent was killed."""
    command = [sys.executable, "-c", PARENT, str(PYTHON), str(rasa_project.PROJECT / "service.py"), str(model)]
    environment = rasa_project.environment(run_dir, XIANGYIN_RASA_TOKEN="t")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as parent:
        assert parent.stdout
        child = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    ended, _, _ = select.select([child], [], [], 120)
    os.close(child)
    return not ended


async def test_the_service_does_not_outlive_its_parent(model: Path, tmp_path: Path) -> None:
    assert not await asyncio.to_thread(outlived, model, tmp_path)
