"""The one place where what takes a message in is put together: every channel of a process calls this handler."""

from bot.app import System
from bot.channels.base import Handler
from bot.limiting import limited
from bot.time_limit import in_time
from bot.tracing import traced
from bot.unfailing import unfailing
from bot.waiting_room import in_turn


def handling(system: System) -> Handler:
    """The handler of a running system: a number, the limits, a place, an end, whose message it is, then the assistant."""
    answering = in_time(system.services.privacy.around(system.assistant.turn))
    normalise = system.language.normaliser.normalise
    bounded = limited(in_turn(answering), system.shared.limits, system.metrics, at_once=answering, normalised=normalise)
    safe = unfailing(bounded, system.metrics, standard=normalise)
    return traced(safe, texts=system.settings.log_texts)
