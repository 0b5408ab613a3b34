"""Calls to the Bot API: retried within bounds, errors in the contract's words, the token in none of them."""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import AiogramError
from aiogram.methods import GetFile, SendMessage, SendPhoto, SendVoice, TelegramMethod

from bot.channels.base import RateLimited, Rejected, SendError, Unreachable
from bot.channels.telegram.ceiling import Ceiling
from bot.channels.telegram.faults import FileTooBig, TokenRefused, fault
from bot.channels.telegram.pace import Pace
from bot.shared.slots import Slots

T = TypeVar("T")
Sleep = Callable[[float], Awaitable[object]]


class Session(AiohttpSession):
    """aiogram's session, without its pause at the end: aiohttp itself waits until connections are closed."""

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


class Api:
    """One bot at one Bot API server. Raises aiogram's `TokenValidationError` for what cannot be a token."""

    def __init__(self, token: str, base: str, pace: Pace, sleep: Sleep, slots: Slots | None = None) -> None:
        self.bot = Bot(token, session=Session(api=TelegramAPIServer.from_base(base)))
        self.answers = 0
        """Calls that the server has answered properly; standing still means that it cannot be reached."""
        self._secret = token.partition(":")[2]
        self._pace = pace
        self._ceiling = Ceiling(pace, slots)
        self._sleep = sleep

    async def once(self, method: TelegramMethod[T], timeout: float | None = None) -> T:  # noqa: ASYNC109 aiohttp's
        """One request. Raises `SendError`."""
        seconds = self._pace.request if timeout is None else timeout
        try:
            result: T = await self.bot(method, request_timeout=max(1, round(seconds)))
        except AiogramError as error:
            raise fault(error, self._secret) from None
        self.answers += 1
        return result

    async def call(self, method: TelegramMethod[T]) -> T:
        """One request, again while the server fails or asks to wait, within `Pace`. Raises `SendError`.

        A request whose answer got lost is repeated too: the Bot API knows no key by which it could be recognised,
        and a message twice is better than none.
        """
        return await self._insist(lambda: self.once(method))

    async def message(self, method: SendMessage | SendPhoto | SendVoice, *, push: bool) -> None:
        """Put a message into a chat, like `call`, when the ceilings let it; `push`: after those that answer somebody."""
        chat = int(method.chat_id)

        async def attempt() -> None:
            await self._ceiling.turn(chat, push=push)
            await self.once(method)

        await self._insist(attempt)

    async def fetch(self, file_id: str, limit: int) -> bytes:
        """The bytes of a file that a person sent. Raises `FileTooBig` beyond `limit` bytes, other `SendError`."""
        file = await self.call(GetFile(file_id=file_id))
        path = file.file_path
        if not path:
            raise Rejected("the file has no path")
        if (file.file_size or 0) > limit:
            raise FileTooBig(f"{file.file_size} bytes")
        return await self._insist(lambda: self._download(path, limit))

    async def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        await self.bot.session.close()

    async def _insist(self, attempt: Callable[[], Awaitable[T]]) -> T:
        failures, waited = 0, 0.0
        while True:
            try:
                return await attempt()
            except RateLimited as error:
                waited += error.retry_after
                if waited > self._pace.flood:
                    self._ceiling.shut(error.retry_after)
                    raise
                with self._ceiling.pause():
                    await self._sleep(error.retry_after)
            except TokenRefused:
                raise
            except Unreachable:
                failures += 1
                if failures >= self._pace.tries:
                    raise
                await self._sleep(self._pace.pause(failures))

    async def _download(self, path: str, limit: int) -> bytes:
        try:
            data = await self._read(path, limit)
        except Exception as error:
            if isinstance(error, SendError):
                raise
            kind = Rejected if getattr(error, "status", 500) < 500 else Unreachable
            raise kind(f"download failed: {type(error).__name__}") from None
        self.answers += 1
        return data

    async def _read(self, path: str, limit: int) -> bytes:
        session = self.bot.session
        url = session.api.file_url(self.bot.token, path)
        data = bytearray()
        async with aclosing(session.stream_content(url, timeout=round(self._pace.request))) as chunks:
            async for chunk in chunks:
                data += chunk
                if len(data) > limit:
                    raise FileTooBig(f"more than {limit} bytes")
        return bytes(data)
