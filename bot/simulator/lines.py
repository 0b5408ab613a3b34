"""How a simulated loudspeaker reaches its server: by HTTP pull, or by MQTT for everything but sound."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from aiomqtt import Client, MqttError, Will
from pydantic import ValidationError

from bot.channels.speaker.link import ROOT, Broker
from bot.channels.speaker.wire import Jobs, Status
from bot.simulator.memory import Memory
from bot.simulator.player import FETCHES, NoFile, Player
from nlu.backoff import delay

FIRMWARE = "simulator 1"
BEAT = 30.0
ASKS = 6
"""Tries of one question, where the server asks to come again."""
WAIT = 25
"""Seconds that the server may hold a request for the job list."""


class NoAnswer(Exception):
    """The server gave no spoken answer; the text says why."""


House = Callable[[], AbstractAsyncContextManager[httpx.AsyncClient]]


@asynccontextmanager
async def house(server: str, speaker: str, key: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that signs in as the device."""
    timeout = httpx.Timeout(30, read=WAIT + 15)
    async with httpx.AsyncClient(base_url=server, auth=(speaker, key), timeout=timeout, trust_env=False) as client:
        yield client


async def fetch(url: str) -> bytes:
    """A speech file; the address needs no key. Raises `NoFile` when it cannot be had after some tries."""
    async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
        for number in range(1, FETCHES + 1):
            with contextlib.suppress(httpx.TransportError):
                response = await client.get(url)
                if response.is_success:
                    return response.content
                if response.is_client_error:
                    break
            await asyncio.sleep(delay(number))
    raise NoFile(NoFile.__doc__)


async def ask(server: str, speaker: str, key: str, recording: bytes) -> bytes:
    """A villager's question; the answer as a WAV file. Raises `NoAnswer`, or `httpx.TransportError`."""
    question = {"id": str(uuid.uuid4())}
    async with house(server, speaker, key) as client:
        for _ in range(ASKS):
            response = await client.post(
                "/speaker/ask", params=question, content=recording, headers={"Accept": "audio/wav"}, timeout=120
            )
            if "Retry-After" not in response.headers:
                break
            await asyncio.sleep(float(response.headers["Retry-After"]))
    if not response.is_success:
        raise NoAnswer(f"{response.status_code}: {response.text}")
    return response.content


class Line:
    """What both ways have in common. `told` is called with what happens to the connection."""

    def __init__(self, speaker: str, player: Player, memory: Memory, told: Callable[[str], None]) -> None:
        self._speaker = speaker
        self._player = player
        self._memory = memory
        self._told = told
        self._news = asyncio.Event()

    def report(self) -> None:
        """There is a new record."""
        self._news.set()

    def _status(self) -> Status:
        return Status(firmware=FIRMWARE, volume=self._player.volume, playing=self._player.playing)

    def _take(self, body: bytes) -> None:
        """A job list; one that cannot be read is left aside, the next may be better."""
        try:
            self._player.take(Jobs.model_validate_json(body or b'{"jobs":[]}'))
        except ValidationError:
            self._told("unreadable job list")


class PullLine(Line):
    """Fetches the list with its tag; the server holds the request until something changes."""

    def __init__(self, house: House, speaker: str, player: Player, memory: Memory, told: Callable[[str], None]) -> None:
        super().__init__(speaker, player, memory, told)
        self._house = house

    async def run(self) -> None:
        """Until cancelled."""
        async with self._house() as client, asyncio.TaskGroup() as group:
            group.create_task(self._pull(client))
            group.create_task(self._beat(client))
            group.create_task(self._send_records(client))

    async def _pull(self, client: httpx.AsyncClient) -> None:
        tag, failures = "", 0
        while True:
            try:
                response = await client.get(
                    "/speaker/jobs", params={"wait": WAIT if tag else 0}, headers={"If-None-Match": tag} if tag else {}
                )
                if response.status_code != 304:
                    response.raise_for_status()
            except httpx.HTTPError as error:
                failures += 1
                self._told(f"no job list: {type(error).__name__}")
                await asyncio.sleep(delay(failures))
                continue
            failures = 0
            if response.status_code == 200:
                tag = response.headers["ETag"]
                self._told("job list")
                self._take(response.content)

    async def _beat(self, client: httpx.AsyncClient) -> None:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                await client.post("/speaker/heartbeat", content=self._status().model_dump_json())
            await asyncio.sleep(BEAT)

    async def _send_records(self, client: httpx.AsyncClient) -> None:
        failures = 0
        while True:
            self._news.clear()
            if records := self._memory.unsent()[:50]:
                body = "[" + ",".join(record.model_dump_json() for record in records) + "]"
                try:
                    (await client.post("/speaker/played", content=body)).raise_for_status()
                except httpx.HTTPError:
                    failures += 1
                    await asyncio.sleep(delay(failures))
                    continue
                failures = 0
                self._memory.sent(records)
            else:
                await self._news.wait()


class BrokerLine(Line):
    """Subscribes to its list; its last will tells the server when the line breaks."""

    def __init__(
        self, broker: Broker, speaker: str, player: Player, memory: Memory, told: Callable[[str], None]
    ) -> None:
        super().__init__(speaker, player, memory, told)
        self._broker = broker
        self._topic = f"{ROOT}/{speaker}"

    async def run(self) -> None:
        """Until cancelled."""
        failures = 0
        while True:
            connected = asyncio.Event()
            # A task of its own: where the line breaks while it is cancelled, that error is all that comes out of it.
            session = asyncio.create_task(self._session(connected))
            try:
                await asyncio.wait([session])
                session.result()
            except* (MqttError, OSError) as group:
                failures = 1 if connected.is_set() else failures + 1
                self._told(f"no broker: {type(group.exceptions[0]).__name__}")
            finally:
                session.cancel()
                await asyncio.gather(session, return_exceptions=True)
            await asyncio.sleep(delay(failures))

    async def _session(self, connected: asyncio.Event) -> None:
        will = Will(f"{self._topic}/status", Status(online=False).model_dump_json(), qos=1)
        async with self._broker.client(self._speaker, clean_start=True, keepalive=20, will=will) as client:
            await client.subscribe(f"{self._topic}/job", qos=1)
            self._told("connected")
            connected.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(client))
                group.create_task(self._beat(client))
                group.create_task(self._send_records(client))

    async def _receive(self, client: Client) -> None:
        async for message in client.messages:
            self._take(message.payload if isinstance(message.payload, bytes) else b"")

    async def _beat(self, client: Client) -> None:
        while True:
            await client.publish(f"{self._topic}/status", self._status().model_dump_json(), qos=1)
            await asyncio.sleep(BEAT)

    async def _send_records(self, client: Client) -> None:
        while True:
            self._news.clear()
            for record in self._memory.unsent():
                await client.publish(f"{self._topic}/played", record.model_dump_json(), qos=1)
                self._memory.sent([record])
            await self._news.wait()
