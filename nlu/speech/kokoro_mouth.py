"""The Kokoro mouth: text to OGG/Opus clips, off the event loop, cached by content."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av

from nlu.speech import opus
from nlu.speech.assets import Asset
from nlu.speech.base import Clip, NoVoice
from nlu.speech.clip_cache import ClipCache
from nlu.speech.kokoro_voice import RATE, KokoroVoice
from nlu.speech.spoken_text import chinese

CACHE_BYTES = 200_000_000
SLOW = 0.8
"""The usual pace times this, for who asked for it."""
MAX_CHARACTERS = 800
WAITING = 16

log = logging.getLogger(__name__)


class KokoroMouth:
    """Speaks with one voice. `parallel` texts at a time with `threads` each; of what waits, more than `waiting` fails.

    `model_dir` and `asset` as for `KokoroVoice`; clips are kept in `cache_dir`, at most `cache_bytes` of them. The same
    text asked for twice at once is synthesised once, and goes on when its asker is cancelled.
    """

    def __init__(
        self,
        model_dir: Path,
        cache_dir: Path,
        *,
        voice: str,
        pace: float,
        threads: int = 2,
        parallel: int = 1,
        waiting: int = WAITING,
        cache_bytes: int = CACHE_BYTES,
        max_characters: int = MAX_CHARACTERS,
        asset: Asset | None = None,
    ) -> None:
        self._kind = (model_dir.name, voice)
        self._pace = pace
        self._voice = KokoroVoice(model_dir, cache_dir, voice=voice, threads=threads, asset=asset)
        self._cache = ClipCache(cache_dir, cache_bytes)
        self._pool = ThreadPoolExecutor(parallel, thread_name_prefix="mouth")
        self._most = parallel + waiting
        self._max_characters = max_characters
        self._making: dict[str, asyncio.Future[Clip]] = {}

    @property
    def queue_length(self) -> int:
        """Texts that are being synthesised or wait for it."""
        return len(self._making)

    async def warm(self) -> None:
        """Load the voice now instead of with the first text. Raises `NoVoice`."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self._voice.load)

    async def speak(self, text: str, *, slow: bool = False) -> Clip:
        """Return `text` spoken. Raises `NoVoice`, also for a text without words, too long, or one too many."""
        if len(text) > self._max_characters:
            raise NoVoice(f"more than {self._max_characters} characters")
        pace = self._pace * SLOW if slow else self._pace
        key, sentences, kept = await asyncio.to_thread(self._look_up, text, pace)
        if kept is not None:
            return kept
        making = self._making.get(key)
        if making is None:
            if len(self._making) >= self._most:
                raise NoVoice("too many texts are waiting")
            making = asyncio.get_running_loop().run_in_executor(self._pool, self._make, key, sentences, pace)
            self._making[key] = making
            making.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(making)

    def forget(self, texts: Sequence[str]) -> None:
        """Delete the clips of these texts at every pace. Blocks."""
        for text in texts:
            for pace in (self._pace, self._pace * SLOW):
                self._cache.drop(self._key(chinese().sentences(text), pace))

    def close(self) -> None:
        """Take no more texts; what is being synthesised ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _made(self, key: str, done: asyncio.Future[Clip]) -> None:
        del self._making[key]
        if not done.cancelled():
            done.exception()  # seen, even when every asker was cancelled

    def _look_up(self, text: str, pace: float) -> tuple[str, list[str], Clip | None]:
        sentences = chinese().sentences(text)
        if not sentences:
            raise NoVoice("nothing to say")
        key = self._key(sentences, pace)
        return key, sentences, self._kept(key)

    def _kept(self, key: str) -> Clip | None:
        data = self._cache.get(key)
        if data is None:
            return None
        try:
            return Clip(data, opus.seconds(data))
        except av.FFmpegError:
            self._cache.drop(key)
            return None

    def _key(self, sentences: Sequence[str], pace: float) -> str:
        named = json.dumps([*self._kind, pace, sentences], ensure_ascii=False)
        return hashlib.sha256(named.encode()).hexdigest()

    def _make(self, key: str, sentences: list[str], pace: float) -> Clip:
        if (kept := self._kept(key)) is not None:  # by who asked for it a moment ago
            return kept
        data = opus.encode(self._voice.samples(sentences, pace), RATE)
        try:
            self._cache.put(key, data)
        except OSError as error:
            log.warning("clip not cached: %s", error.strerror)
        return Clip(data, opus.seconds(data))
