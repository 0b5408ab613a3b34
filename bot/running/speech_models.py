"""What a process says of its speech models: in the log at the start, at /readyz and in a gauge, with the command that mends."""

import asyncio
from collections.abc import Mapping

import structlog
from prometheus_client import CollectorRegistry, Gauge

from bot.settings import Settings
from nlu.speech.assets import Asset, assets, status

log = structlog.get_logger(__name__)

AGAIN = 600.0
"""Seconds between two looks, a quarter of a second of work each: what is mended meanwhile is used at once all the same."""
MEND = "xiangyin models"


class SpeechModels:
    """The models that the settings want from set-up; a recogniser's own folder has no list to be compared with."""

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        wanted = {"ear": settings.ear == "vosk" and settings.ear_model is None, "mouth": settings.mouth != "off"}
        self._folder = settings.models
        self._assets: dict[str, Asset] = {part: asset for part, asset in assets().items() if wanted[part]}
        self._found: dict[str, str] = {}
        self._whole = Gauge(
            "xiangyin_speech_model",
            "1 where a speech model is whole, 0 where missing or damaged",
            ["part"],
            registry=registry,
        )

    async def run(self) -> None:
        """Look at them, now and then, until cancelled."""
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(AGAIN)

    def look(self) -> None:
        """Compare every file with its list. Blocks."""
        for part, asset in self._assets.items():
            found = status(asset, self._folder / asset.folder)
            if found.state != "ok" and found.state != self._found.get(part):
                log.warning("speech_model", part=part, state=found.state, mend=MEND)
            self._found[part] = found.state
            self._whole.labels(part).set(found.state == "ok")

    def stand(self) -> Mapping[str, str]:
        """How each was found, in words; nothing before the first look."""
        return {part: state if state == "ok" else f"{state}; mend: {MEND}" for part, state in self._found.items()}
