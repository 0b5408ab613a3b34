"""The Telegram channel: settings in, a bot that answers out."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

import structlog
from aiogram.methods import DeleteWebhook, GetMe, SetMyCommands, SetWebhook
from aiogram.types import BotCommand, BotCommandScopeAllPrivateChats
from aiogram.utils.token import TokenValidationError
from fastapi import APIRouter

from bot.channels.base import Capabilities, Handler, RateLimited, Rejected, SendError
from bot.channels.preferences import Preferences
from bot.channels.spoken_pushes import SpokenPushes
from bot.channels.telegram.api import Api, Sleep
from bot.channels.telegram.arrival import ALLOWED
from bot.channels.telegram.conversation import Conversation
from bot.channels.telegram.faults import TokenRefused
from bot.channels.telegram.outgoing import Outgoing, Pictures
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.polling import Polling
from bot.channels.telegram.reception import Reception
from bot.channels.telegram.render import MAX_TEXT, render
from bot.channels.telegram.texts import Texts
from bot.channels.telegram.webhook import Webhook
from bot.shared.slots import Slots
from dialogs.messages import Reply
from nlu.speech.base import Clip, Mouth

log = structlog.get_logger(__name__)

SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""What Telegram takes as a webhook's secret token."""


class State(StrEnum):
    """How the channel stands, for operators."""

    STARTING = "starting"
    ON = "on"
    UNREACHABLE = "unreachable"
    """Telegram does not answer; the channel keeps trying."""
    OFF = "off"
    """Not started, ended, or refused for good: see the log."""


class TelegramChannel:
    """One bot. Without `webhook_url` it polls; with it, mount `webhook_router()` and run it as well.

    `token` and `webhook_secret` are secrets and appear in no log line and no error. `clock` gives aware times.
    Settings that cannot work do not raise: `run` says so in one log line and returns, and the rest of the system
    goes on.
    """

    name = "telegram"
    capabilities = Capabilities(voice_out=True, buttons=True, location_in=True, max_text=MAX_TEXT)
    presence = None

    def __init__(
        self,
        token: str,
        *,
        preferences: Preferences,
        clock: Callable[[], datetime],
        mouth: Mouth | None = None,
        pictures: Pictures | None = None,
        api_base: str = "https://api.telegram.org",
        webhook_url: str = "",
        webhook_secret: str = "",
        max_bytes: int = 20_000_000,
        texts: Texts | None = None,
        pace: Pace | None = None,
        slots: Slots | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.state = State.OFF
        self._pace = pace or Pace()
        self._texts = texts or Texts.load()
        self._preferences = preferences
        self._clock = clock
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._webhook_url = webhook_url
        self._webhook_secret = webhook_secret
        self._webhook = Webhook(webhook_url, webhook_secret, self._pace) if webhook_url else None
        self._api: Api | None = None
        try:
            self._api = Api(token, api_base, self._pace, sleep, slots)
        except TokenValidationError:
            return
        self._outgoing = Outgoing(self._api, mouth, self._pace, pictures=pictures)
        self._unasked = Outgoing(self._api, mouth, self._pace, push=True, pictures=pictures)
        self._voices = SpokenPushes(self._play, mouth, preferences, channel=self.name) if mouth else None

    def webhook_router(self) -> APIRouter:
        """The route for Telegram's calls, at the path of `webhook_url`; without one, no route.

        A call is answered 403 with the wrong secret, 413 beyond 1 MB, 503 while the channel does not run.
        """
        if self._webhook is None or not SECRET.fullmatch(self._webhook_secret):
            return APIRouter()
        return self._webhook.router()

    async def run(self, handler: Handler) -> None:
        """Serve until cancelled; returns early only if Telegram or the settings make serving impossible."""
        if self._api is None:
            log.error("telegram_off", reason="the token is not a bot token (number:letters)")
            return
        if self._webhook and not SECRET.fullmatch(self._webhook_secret):
            log.error("telegram_off", reason="a webhook needs a secret of 1 to 256 letters, digits, _ and -")
            return
        self.state = State.STARTING
        try:
            await self._serve(self._api, handler)
        except (TokenRefused, Rejected) as error:
            refusal = error
        finally:
            self.state = State.OFF
            await self.close()
        what = "the token or the server address" if isinstance(refusal, TokenRefused) else "the webhook"
        log.error("telegram_off", reason=f"Telegram refuses {what}", error=str(refusal))

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:  # noqa: ARG002 the contract's
        """Deliver a reply to a chat id. Raises `SendError`. Its voice follows in its own time where the person wants one.

        At least once: if a failure hides whether Telegram took the message, it is sent again. The Bot API has no key by
        which it would know a `message_id` again; of a reply in several messages the first ones may come twice too.
        """
        if self._api is None:
            raise Rejected("the token is not a bot token")
        if not re.fullmatch(r"-?\d{1,19}", user):
            raise Rejected("not a chat id")
        for part in render(reply, self._texts):
            await self._unasked.part(int(user), part)
        await self._unasked.picture(int(user), reply.picture)
        if self._voices is not None:
            self._voices.add(user, reply.spoken)

    async def close(self) -> None:
        """Close the connections of a channel that only sends, and drop voices that wait; `run` does so itself."""
        if self._api is None:
            return
        if self._voices is not None:
            await self._voices.close()
        await self._api.close()

    async def _play(self, user: str, clip: Clip) -> None:
        await self._unasked.clip(int(user), clip)

    async def _serve(self, api: Api, handler: Handler) -> None:
        conversation = Conversation(
            api,
            self._outgoing,
            handler,
            preferences=self._preferences,
            texts=self._texts,
            pace=self._pace,
            max_bytes=self._max_bytes,
            sleep=self._sleep,
        )
        reception = Reception(conversation, self._pace, self._clock)
        polling = Polling(api, reception.accept, self._pace, self._sleep, self._reachable)
        try:
            await self._until_reached(lambda: self._introduce(api))
            if self._webhook is not None:
                self._webhook.open(reception.accept, api.bot)
                await self._until_reached(lambda: self._register(api))
            self._reachable(True)
            await (polling.run() if self._webhook is None else asyncio.Event().wait())
        finally:
            if self._webhook is not None:
                self._webhook.shut()
            await reception.close()
            if self._webhook is None:
                await polling.confirm()

    async def _introduce(self, api: Api) -> None:
        me = await api.once(GetMe())
        log.info("telegram_connected", bot=me.username)
        commands = [BotCommand(command=name, description=entry.menu) for name, entry in self._texts.commands.items()]
        try:
            await api.once(SetMyCommands(commands=commands, scope=BotCommandScopeAllPrivateChats()))
        except Rejected as error:
            log.warning("telegram_menu_not_set", error=str(error))
        if self._webhook is None:
            await api.once(DeleteWebhook())

    async def _register(self, api: Api) -> None:
        await api.once(
            SetWebhook(
                url=self._webhook_url,
                secret_token=self._webhook_secret,
                allowed_updates=ALLOWED,
                max_connections=min(100, 2 * self._pace.parallel),
            )
        )

    async def _until_reached(self, step: Callable[[], Awaitable[None]]) -> None:
        """Repeat a step of the start while Telegram cannot be reached. Raises `TokenRefused` and `Rejected`."""
        failures = 0
        while True:
            try:
                await step()
            except (TokenRefused, Rejected):
                raise
            except SendError as error:
                failures += 1
                if failures == 1:
                    log.warning("telegram_unreachable", kind=type(error).__name__, error=str(error))
                self._reachable(False)
                await self._sleep(error.retry_after if isinstance(error, RateLimited) else self._pace.pause(failures))
            else:
                return

    def _reachable(self, reachable: bool) -> None:
        if reachable and self.state is not State.ON:
            log.info("telegram_on", by="webhook" if self._webhook else "polling")
        self.state = State.ON if reachable else State.UNREACHABLE
