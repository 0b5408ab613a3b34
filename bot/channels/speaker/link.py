"""The line to the MQTT broker: job lists out, signs of life and play records in, for ever."""

import asyncio
import contextlib
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from aiomqtt import Client, Message, MqttError, ProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.speaker.announcer import Observer
from bot.channels.speaker.board import Board, Sheet
from bot.channels.speaker.reports import Full, Reports
from bot.channels.speaker.wire import Played, Status
from nlu.backoff import delay

log = structlog.get_logger(__name__)

ROOT = "xiangyin/speaker"
CLIENT_ID = "xiangyin"
SESSION_SECONDS = 7 * 24 * 3600
"""So long the broker keeps play records for a server that is away."""
AT_ONCE = 20
"""Messages on their way to the broker; Mosquitto allows a client that many."""
LONGEST_PAUSE = 30.0
_MOST_BYTES = 4096


class BadBroker(ValueError):
    """The broker's address must be mqtt://HOST[:PORT] or mqtts://HOST[:PORT]."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker is. `authority` is a file of certificates to trust besides the machine's own, with TLS."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str | None = None
    authority: Path | None = None

    @classmethod
    def at(cls, url: str, user: str = "", password: str = "", authority: Path | None = None) -> "Broker":
        """The broker at an address; a user in the address counts where none is given. Raises `BadBroker`."""
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            raise BadBroker(BadBroker.__doc__) from None
        if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or parts.path.strip("/"):
            raise BadBroker(BadBroker.__doc__)
        tls = parts.scheme == "mqtts"
        return cls(
            parts.hostname,
            port or (8883 if tls else 1883),
            tls,
            user or (unquote(parts.username) if parts.username else None),
            password or (unquote(parts.password) if parts.password else None),
            authority,
        )

    def client(self, identifier: str, **options: Any) -> Client:
        """A client for it, MQTT 5."""
        context = None
        if self.tls:
            context = ssl.create_default_context()
            if self.authority is not None:
                context.load_verify_locations(self.authority)
        client = Client(
            self.host,
            self.port,
            username=self.user,
            password=self.password,
            identifier=identifier,
            protocol=ProtocolVersion.V5,
            tls_context=context,
            max_inflight_messages=AT_ONCE,
            **options,
        )
        client.pending_calls_threshold = AT_ONCE  # above it warns
        return client


class Link:
    """Keeps the broker's retained job lists equal to the board's sheets.

    The store's rows are the truth: with every new connection all sheets are published again, and a list that the broker
    still holds for a device without one is cleared. The broker itself drops a list when the last job in it expires.
    """

    def __init__(
        self,
        broker: Broker,
        board: Board,
        reports: Reports,
        *,
        clock: Callable[[], datetime],
        observer: Observer,
        longest_pause: float = LONGEST_PAUSE,
    ) -> None:
        self._broker = broker
        self._board = board
        self._reports = reports
        self._clock = clock
        self._observer = observer
        self._longest_pause = longest_pause
        self._held: dict[str, str] = {}
        """The tag of the list that the broker holds, by device."""
        self._stale = asyncio.Event()
        self.connected = asyncio.Event()
        """Set while there is a connection."""

    async def run(self) -> None:
        """Until cancelled. A broker that is away or refuses is tried again, after growing pauses."""
        failures = 0
        while True:
            started = asyncio.get_running_loop().time()
            # A task of its own: where the line breaks while it is cancelled, that error is all that comes out of it.
            session = asyncio.create_task(self._session())
            try:
                await asyncio.wait([session])
                session.result()
            except* (MqttError, OSError, ValueError) as group:
                error = group.exceptions[0]
                lasted = asyncio.get_running_loop().time() - started
                failures = 1 if lasted > self._longest_pause else failures + 1
                self._observer.failed("speaker.broker")
                log.warning("broker_gone", error=type(error).__name__, failures=failures)
            finally:
                session.cancel()
                await asyncio.gather(session, return_exceptions=True)
                self.connected.clear()
            await asyncio.sleep(delay(failures, cap=self._longest_pause) * random.uniform(0.5, 1))  # noqa: S311

    async def _session(self) -> None:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_SECONDS
        async with self._broker.client(CLIENT_ID, clean_start=False, keepalive=20, properties=properties) as client:
            self._held = {}
            await client.subscribe(f"{ROOT}/+/played", qos=1)
            await client.subscribe(f"{ROOT}/+/status", qos=1)
            await client.subscribe(f"{ROOT}/+/job", options=SubscribeOptions(qos=0, noLocal=True))
            self.connected.set()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._receive(client))
                group.create_task(self._publish(client))

    async def _receive(self, client: Client) -> None:
        async for message in client.messages:
            speaker, _, kind = message.topic.value.removeprefix(f"{ROOT}/").partition("/")
            try:
                self._take(speaker, kind, message)
            except (ValidationError, Full, TypeError) as error:
                self._observer.failed("speaker.message")
                log.warning("speaker_message_refused", kind=kind, error=type(error).__name__)

    def _take(self, speaker: str, kind: str, message: Message) -> None:
        payload = message.payload
        if kind == "job":
            if payload and speaker not in self._board.sheets:
                self._held[speaker] = ""
                self._stale.set()
            return
        if not isinstance(payload, bytes) or len(payload) > _MOST_BYTES:
            raise TypeError("no JSON of a device")
        if kind == "played":
            self._reports.played(speaker, Played.model_validate_json(payload).record())
        elif not message.retain:  # a retained heartbeat would be taken for a sign of life after every restart
            self._reports.status(speaker, Status.model_validate_json(payload))

    async def _publish(self, client: Client) -> None:
        while True:
            change = self._board.change
            self._stale.clear()
            if self._board.made:
                await self._bring_up_to_date(client)
            waiting = [asyncio.create_task(event.wait()) for event in (change, self._stale)]
            try:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in waiting:
                    task.cancel()

    async def _bring_up_to_date(self, client: Client) -> None:
        sheets = self._board.sheets
        changed = [(speaker, sheet) for speaker, sheet in sheets.items() if self._held.get(speaker) != sheet.tag]
        changed.sort(key=lambda one: one[1].rank)
        room = asyncio.Semaphore(AT_ONCE)

        async def publish(speaker: str, sheet: Sheet | None) -> None:
            async with room:
                if sheet is None:
                    await client.publish(f"{ROOT}/{speaker}/job", b"", qos=1, retain=True)
                    self._held.pop(speaker, None)
                    return
                left = (sheet.until - self._clock()).total_seconds()
                if left <= 0:
                    return
                properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
                properties.MessageExpiryInterval = max(int(left), 1)
                await client.publish(f"{ROOT}/{speaker}/job", sheet.body, qos=1, retain=True, properties=properties)
                self._held[speaker] = sheet.tag

        gone = [speaker for speaker in self._held if speaker not in sheets]
        async with asyncio.TaskGroup() as group:
            for speaker, sheet in changed:
                group.create_task(publish(speaker, sheet))
            for speaker in gone:
                group.create_task(publish(speaker, None))
        there = [(speaker, sheet) for speaker, sheet in sheets.items() if self._held.get(speaker) == sheet.tag]
        with contextlib.suppress(SQLAlchemyError):  # written down with the next change
            await self._board.delivered(there)
