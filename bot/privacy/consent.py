"""Layers around a turn: whose it is, what they are asked, what is kept of it, and what it does with a whole person."""

from dataclasses import replace

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.base import Handler
from bot.privacy.consents import Consent, Consents
from bot.privacy.erasing import Erasing, Scope
from bot.privacy.linking import PUBLIC, Linking, NotJoined, of_channel
from bot.privacy.person import Account
from bot.privacy.recordings import Recordings
from dialogs.messages import Inbound, Turn
from dialogs.topics.privacy import consent_question, sentence
from dialogs.topics.privacy_port import DEED
from dialogs.topics.warning_help import ACTION as WARNING
from dialogs.urgent import danger_in

log = structlog.get_logger(__name__)


def linked(inner: Handler, linking: Linking) -> Handler:
    """Take a message as one of the person's primary account. The answer goes out where the message came in."""

    async def handler(inbound: Inbound) -> Turn:
        account = Account(inbound.channel, inbound.user)
        primary = await linking.primary(account)
        if primary != account:
            id_ = of_channel(account.channel) + inbound.external_id
            inbound = replace(inbound, channel=primary.channel, user=primary.user, external_id=id_)
        return await inner(inbound)

    return handler


def consenting(inner: Handler, consents: Consents) -> Handler:
    """Ask for consent with somebody's first answer. Nothing is held up by it, and danger is not talked over."""

    async def handler(inbound: Inbound) -> Turn:
        turn = await inner(inbound)
        if inbound.channel in PUBLIC or not turn.replies or _grave(inbound, turn):
            return turn
        try:
            asks = await _asks(inbound, turn, consents)
        except SQLAlchemyError as error:  # a full disk: the answer is not held up, and the question comes another time
            log.warning("consent_not_asked", error=type(error).__name__)
            asks = False
        return replace(turn, replies=(*turn.replies, consent_question())) if asks else turn

    return handler


async def _asks(inbound: Inbound, turn: Turn, consents: Consents) -> bool:
    """Whether the question of consent goes with this answer; it is kept that it did."""
    account = Account(inbound.channel, inbound.user)
    consent = await consents.of(account)
    if consent is None:
        deeds = any(DEED in reply.slots for reply in turn.replies)
        return not deeds and await consents.asked(account, inbound.external_id)
    if not turn.duplicate:
        await consents.passed(account, inbound.external_id)
    return turn.duplicate and consent.asked_with == inbound.external_id and consent.answer is None


def recording(inner: Handler, consents: Consents, recordings: Recordings) -> Handler:
    """Keep the sound of what was said where both the county and the person allow it."""

    async def handler(inbound: Inbound) -> Turn:
        turn = await inner(inbound)
        if recordings.keep is None or inbound.voice is None or turn.heard is None or turn.duplicate:
            return turn
        account = Account(inbound.channel, inbound.user)
        if allows(await consents.of(account)) and not await recordings.confided(account):
            try:
                await recordings.put(account, inbound.voice, turn.heard)
            except OSError as error:
                log.warning("recording_not_kept", error=type(error).__name__)
        return turn

    return handler


def allows(consent: Consent | None) -> bool:
    """Whether somebody allows their recordings to be kept: a yes of its own, beside the general one."""
    return consent is not None and consent.voice


def doing(inner: Handler, erasing: Erasing, linking: Linking, consents: Consents) -> Handler:
    """Do what a turn has decided about a whole person, once the turn is kept; the same turn again does it again.

    A deletion that fails is not said to be done. Who wants no position kept has it taken out after each one sent.
    """

    async def handler(inbound: Inbound) -> Turn:
        turn = await inner(inbound)
        account = Account(inbound.channel, inbound.user)
        deeds = [reply.slots[DEED] for reply in turn.replies if DEED in reply.slots]
        try:
            for what, value in deeds:
                await _do(what, value, account, (erasing, linking), again=turn.duplicate)
            if inbound.location is not None and not deeds:
                consent = await consents.of(account)
                if consent is not None and consent.no_position:
                    await erasing.drop_position(await linking.person(account))
        except NotJoined as refusal:
            return Turn((sentence(refusal.why),))
        except Exception:
            log.exception("privacy_deed_failed", channel=inbound.channel)
            return Turn((sentence("failed"),))
        return turn

    return handler


async def _do(what: str, value: str, account: Account, parts: tuple[Erasing, Linking], *, again: bool) -> None:
    erasing, linking = parts
    match what:
        case "link" if again and len((await linking.person(account)).accounts) > 1:
            return  # the code is used up: it was done the first time
        case "erase":
            await erasing.erase(await linking.person(account), Scope.ALL)
        case "voice":
            await erasing.erase(await linking.person(account), Scope.VOICE)
        case "position":
            await erasing.erase(await linking.person(account), Scope.POSITION)
        case "link":
            await linking.join(account, value)
        case "part":
            await linking.part(account)


def _grave(inbound: Inbound, turn: Turn) -> bool:
    """Whether somebody is in danger, or answers a warning."""
    said = turn.understanding
    warned = (inbound.choice or "").startswith(f"{WARNING}:")
    return warned or (said is not None and danger_in(said.text, said.normalized) is not None)
