"""The WeChat channel: settings in, an official account that answers out."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog
from fastapi import APIRouter

from bot.channels.base import Blocked, Capabilities, Handler, Rejected, SendError
from bot.channels.preferences import Preferences
from bot.channels.spoken_pushes import SpokenPushes
from bot.channels.wechat import menu
from bot.channels.wechat.api import Api, Sleep
from bot.channels.wechat.arrival import OPENID
from bot.channels.wechat.callback import Callback
from bot.channels.wechat.conversation import LEFT, Conversation
from bot.channels.wechat.faults import EnoughSent, WindowOver
from bot.channels.wechat.ledger import Ledger
from bot.channels.wechat.outgoing import Outgoing, Pictures
from bot.channels.wechat.pace import Pace
from bot.channels.wechat.parts import Composer
from bot.channels.wechat.reception import Reception
from bot.channels.wechat.render import MAX_TEXT
from bot.channels.wechat.seal import Seal
from bot.channels.wechat.template import Template
from bot.channels.wechat.texts import Texts
from dialogs.messages import Reply
from knowledge_base.store import Store
from nlu.speech.base import Mouth

log = structlog.get_logger(__name__)

FORGET = 600.0
"""Seconds between clean-ups of the ledger."""


def _nobody(_where: str) -> None:
    """Counts nothing."""


class WeChatChannel:
    """One official account. Mount `router()` and run it as well; a process that only sends needs neither.

    `secret`, `token` and `aes_key` are secrets and appear in no log line and no error. `clock` gives aware times;
    `failed` hears where something failed, for metrics. Settings that cannot work do not raise: `run` says so in one log
    line and returns, and the rest of the system goes on.
    """

    name = "wechat"
    capabilities = Capabilities(voice_out=True, buttons=True, location_in=True, max_text=MAX_TEXT // 3)
    presence = None

    def __init__(
        self,
        app_id: str,
        secret: str,
        token: str,
        aes_key: str = "",
        template: str = "",
        *,
        store: Store,
        preferences: Preferences,
        clock: Callable[[], datetime],
        mouth: Mouth | None = None,
        pictures: Pictures | None = None,
        api_base: str = "https://api.weixin.qq.com",
        max_bytes: int = 20_000_000,
        failed: Callable[[str], None] = _nobody,
        texts: Texts | None = None,
        pace: Pace | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._pace = pace or Pace()
        self._texts = texts or Texts.load()
        self._preferences = preferences
        self._max_bytes = max_bytes
        self._failed = failed
        self._sleep = sleep
        self._fault = "" if app_id and secret and token else "the app id, its secret and the token are needed"
        self._clock = clock
        self._callback: Callback | None = None
        self._template: Template | None = None
        try:
            seal = Seal(token, app_id, aes_key)
            self._template = Template.parse(template)
        except ValueError as error:
            self._fault = self._fault or str(error)
        else:
            self._callback = None if self._fault else Callback(seal, self._pace, clock)
        self._api = Api(app_id, secret, api_base, self._pace, sleep)
        self._composer = Composer(preferences, self._texts)
        self._outgoing = Outgoing(self._api, mouth, pictures, self._texts)
        self._ledger = Ledger(store, clock, self._pace.lease)
        self._voices = SpokenPushes(self._outgoing.clip, mouth, preferences, channel=self.name) if mouth else None

    def router(self) -> APIRouter:
        """The routes for WeChat's calls, at /wechat; none where the settings cannot work.

        A call is answered 403 when it is not WeChat's, 413 beyond 100 kB, 503 while the channel does not run.
        """
        return APIRouter() if self._callback is None else self._callback.router()

    async def run(self, handler: Handler) -> None:
        """Serve until cancelled; returns early only if the settings make serving impossible."""
        if self._callback is None:
            log.error("wechat_off", reason=self._fault)
            return
        conversation = Conversation(
            self._api,
            handler,
            self._composer,
            preferences=self._preferences,
            texts=self._texts,
            max_bytes=self._max_bytes,
        )
        reception = Reception(conversation, self._outgoing, self._ledger, texts=self._texts, pace=self._pace)
        self._callback.open(reception.accept)
        log.info("wechat_on")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._put_menu())
                group.create_task(self._pay_debts(reception))
        finally:
            self._callback.shut()
            await reception.close()
            await self.close()

    async def send(self, user: str, reply: Reply, message_id: str | None = None) -> None:  # noqa: ARG002 the contract's
        """Deliver a reply to a person's openid. Raises `SendError`. Its voice follows where the person wants one.

        WeChat lets nobody write to people who have not written for 48 hours (`WindowOver`), nor more than five messages
        after their last one (`EnoughSent`); a warning that holds is then told of by the template, if there is one. At least once: if a failure hides whether WeChat took the message, it is
        sent again.
        """
        if self._fault:
            raise Rejected(self._fault)
        if not OPENID.fullmatch(user):
            raise Rejected("not an openid")
        if await self._preferences.get(user, LEFT) == "1":
            raise Blocked("does not follow the account any more")
        try:
            for part in await self._composer.words(user, [reply]):
                await self._outgoing.text(user, part.text, part.offers, countable=part.countable)
        except (WindowOver, EnoughSent):
            if self._template is None or reply.colour is None:
                raise
            await self._outgoing.template(self._template.message(user, reply.text, self._clock(), self._texts))
            return
        if reply.picture:
            await self._outgoing.picture(user, reply.picture)
        if self._voices is not None:
            self._voices.add(user, reply.spoken)

    async def close(self) -> None:
        """Close the connections of a channel that only sends, and drop voices that wait; `run` does so itself."""
        if self._voices is not None:
            await self._voices.close()
        await self._api.close()

    async def _put_menu(self) -> None:
        """Put the menu in place; an account without one answers all the same."""
        failures = 0
        while True:
            try:
                changed = await menu.put_in_place(self._api, self._texts)
            except SendError as error:
                failures += 1
                if failures == 1:
                    self._failed("wechat.menu")
                    log.warning("wechat_menu_not_set", kind=type(error).__name__, error=str(error))
                if not error.retryable:
                    return
                await self._sleep(self._pace.pause(failures))
            else:
                log.info("wechat_menu", changed=changed)
                return

    async def _pay_debts(self, reception: Reception) -> None:
        loop = asyncio.get_running_loop()
        tidy = loop.time()
        while True:
            try:
                await reception.take_up()
                if loop.time() >= tidy:
                    await self._ledger.forget(self._pace.keep, self._pace.owed)
                    tidy = loop.time() + FORGET
            except Exception as error:  # noqa: BLE001 the database comes back
                self._failed("wechat.debts")
                log.error("wechat_debts", error=type(error).__name__)
            await self._sleep(self._pace.look)
