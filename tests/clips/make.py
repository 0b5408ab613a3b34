"""Make the test clips from clips.yaml with the installed voice: `.venv/bin/python tests/clips/make.py [NAME...]`.

Also `--warm-up`, which makes the recording that recognisers are warmed with (nlu/speech/warm_up.ogg, from warm_up.txt).
"""

import argparse
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from bot.settings import Settings
from nlu.speech import opus
from nlu.speech.assets import assets
from nlu.speech.kokoro_voice import RATE, KokoroVoice
from nlu.speech.spoken_text import chinese

HERE = Path(__file__).parent
SPEECH = Path(opus.__file__).parent
Sound = NDArray[np.float32]


def spoken(text: str, voice: str, pace: float) -> Sound:
    """Say `text`, with the short silence before and after that a recording has."""
    settings = Settings()
    asset = assets()["mouth"]
    speaker = KokoroVoice(settings.models / asset.folder, settings.home / "cache", voice=voice, threads=2)
    edge = np.zeros(round(0.3 * RATE), dtype=np.float32)
    return np.concatenate([edge, speaker.samples(chinese().sentences(text), pace), edge])


def noise(kind: str, size: int, random: np.random.Generator, rate: int = RATE) -> Sound:
    """Wind (noise that falls with frequency and gusts) or a tractor (a rattling engine at 28 Hz); loudness is free."""
    times = np.arange(size) / rate
    white = random.normal(size=size)
    if kind == "wind":
        spectrum = np.fft.rfft(white)
        spectrum /= np.maximum(np.arange(spectrum.size) * rate / size, 30)
        made = np.fft.irfft(spectrum, size) * (1 + 0.6 * np.sin(2 * np.pi * 0.4 * times))
    else:
        strokes = sum(np.sin(2 * np.pi * 28 * step * times + random.uniform(0, 6)) / step for step in range(1, 40))
        made = strokes * (1 + 0.3 * np.sin(2 * np.pi * 7 * times)) + 0.3 * white
    return np.asarray(made, dtype=np.float32)


def with_noise(sound: Sound, kind: str, decibel: float, random: np.random.Generator, rate: int = RATE) -> Sound:
    """Add noise at the given signal-to-noise ratio, and keep the peak under full scale."""
    added = noise(kind, sound.size, random, rate)
    added *= np.sqrt(np.mean(sound**2) / np.mean(added**2) / 10 ** (decibel / 10))
    mixed = sound + added
    return np.asarray(mixed * min(1, 0.95 / np.abs(mixed).max()), dtype=np.float32)


def telephone(sound: Sound, rate: int = RATE) -> Sound:
    """Keep 300 to 3400 Hz."""
    spectrum = np.fft.rfft(sound)
    pitch = np.arange(spectrum.size) * rate / sound.size
    spectrum[(pitch < 300) | (pitch > 3400)] = 0
    return np.asarray(np.fft.irfft(spectrum, sound.size), dtype=np.float32)


def main() -> None:
    """Make the clips that were named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--warm-up", action="store_true")
    asked = parser.parse_args()
    if asked.warm_up:
        lines = (SPEECH / "warm_up.txt").read_text(encoding="utf-8").splitlines()
        voices = ("zm_yunxi", "zf_xiaobei", "zm_yunxia", "zf_xiaoyi")
        sounds = [spoken(line, voices[index % 4], 1.0) for index, line in enumerate(lines) if line]
        (SPEECH / "warm_up.ogg").write_bytes(opus.encode(np.concatenate(sounds), RATE, bit_rate=16_000))
        return
    for number, clip in enumerate(yaml.safe_load((HERE / "clips.yaml").read_text(encoding="utf-8"))):
        if asked.names and clip["name"] not in asked.names:
            continue
        sound = spoken(clip["text"], clip["voice"], clip["pace"])
        if clip.get("band") == "telephone":
            sound = telephone(sound)
        if "noise" in clip:
            sound = with_noise(sound, clip["kind"], clip["noise"], np.random.default_rng(number))
        data = opus.encode(sound, RATE, bit_rate=24_000)
        (HERE / f"{clip['name']}.ogg").write_bytes(data)
        print(clip["name"], len(data), f"{opus.seconds(data):.1f} s")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
