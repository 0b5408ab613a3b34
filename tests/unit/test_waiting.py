"""A command that gives up waiting for the understanding service does not stop what was begun."""

import asyncio
import sys
import threading
from pathlib import Path

import pytest

from bot import understanding
from bot.metrics import Metrics
from bot.settings import Settings
from nlu.text.normalise import Normaliser
from nlu.words import Words


async def test_a_training_goes_on_and_the_service_is_started_after_it(
    words: Words, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, started = threading.Event(), asyncio.Event()

    def train(*_: object) -> Path:
        trained.wait(60)
        return tmp_path

    async def start(_self: object, _model: Path) -> None:
        started.set()

    monkeypatch.setattr(understanding, "READY_SECONDS", 0.01)
    monkeypatch.setattr(understanding, "train_model", train)
    monkeypatch.setattr(understanding.RasaProcess, "start", start)
    settings = Settings(home=tmp_path, rasa_python=Path(sys.executable), _env_file=None)  # type: ignore[call-arg]
    begun = understanding.understanding(settings, words, Normaliser(words), Metrics(), tmp_path, wait=True)
    async with begun:
        trained.set()
        await asyncio.wait_for(started.wait(), 60)
        assert started.is_set()
