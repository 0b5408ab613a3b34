"""The voice of what is sent unasked: behind the text, in its own time, so that it neither delays nor repeats it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from bot.channels.base import SendError
from bot.channels.preferences import Preferences, VoiceMode, spoke_last, voice_mode
from nlu.speech.base import Clip, Mouth, NoVoice

log = structlog.get_logger(__name__)

AT_ONCE = 2
MOST = 5_000
"""Messages that may wait for their voice; of more, the text alone goes out."""
STALE = 600.0
"""Seconds after its text at which a voice is dropped: what it says may have been withdrawn."""


class SpokenPushes:
    """A queue of the channel's. The mouth keeps its clips, so that the same warning to many is synthesised once.

    `play` sends a clip to a person; `channel` is named in the log.
    """

    def __init__(
        self,
        play: Callable[[str, Clip], Awaitable[None]],
        mouth: Mouth,
        preferences: Preferences,
        *,
        channel: str,
        most: int = MOST,
        stale: float = STALE,
    ) -> None:
        self._play = play
        self._channel = channel
        self._mouth = mouth
        self._preferences = preferences
        self._most = most
        self._stale = stale
        self._waiting: deque[tuple[float, str, str]] = deque()
        self._speaking: set[asyncio.Task[None]] = set()
        self._full = False
        self._closed = False

    def add(self, user: str, spoken: str) -> None:
        """Have `spoken` said to a person who wants that. Returns at once, and never fails."""
        if self._closed or not spoken.strip():
            return
        if len(self._waiting) >= self._most:
            if not self._full:  # once, and not for each of thousands
                log.warning("voice_dropped", channel=self._channel, reason="too many wait", waiting=len(self._waiting))
            self._full = True
            return
        self._full = False
        self._waiting.append((asyncio.get_running_loop().time(), user, spoken))
        if len(self._speaking) < AT_ONCE:
            task = asyncio.create_task(self._run())
            self._speaking.add(task)
            task.add_done_callback(self._speaking.discard)

    async def close(self) -> None:
        """Drop what waits and what is being spoken."""
        self._closed = True
        self._waiting.clear()
        for task in self._speaking:
            task.cancel()
        await asyncio.gather(*self._speaking, return_exceptions=True)

    async def _run(self) -> None:
        while self._waiting:
            since, user, spoken = self._waiting.popleft()
            try:
                await self._say(since, user, spoken)
            except (NoVoice, SendError) as error:
                log.warning("voice_not_sent", channel=self._channel, error=type(error).__name__)
            except Exception as error:  # noqa: BLE001 the voices of others go on; the message may hold what was said
                log.error("voice_not_sent", channel=self._channel, error=type(error).__name__)

    async def _say(self, since: float, user: str, spoken: str) -> None:
        mode = await voice_mode(self._preferences, user)
        spoke = mode is VoiceMode.AUTO and await spoke_last(self._preferences, user)
        if not mode.wanted(spoke=spoke):
            return
        clip = await self._mouth.speak(spoken, slow=mode is VoiceMode.SLOW)
        if asyncio.get_running_loop().time() - since > self._stale:
            log.warning("voice_dropped", channel=self._channel, reason="too late")
            return
        await self._play(user, clip)
