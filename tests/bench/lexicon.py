"""The language data at 3,000 and at 50,000 aliases: loading, memory, and the time for a sentence."""

import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import yaml

from nlu.entities import EntityFinder
from nlu.speech.correction import Corrector
from nlu.text.normalise import Normaliser
from nlu.text.segmenter import Segmenter
from nlu.wordfile import REGIONS
from nlu.words import LEXICON, Words
from tests.bench.figures import Timing, show

SIZES = (3_000, 50_000)
ALIASES = 5
"""Aliases of each made-up term."""
SENTENCES = 400
_KINDS = ("crop", "problem", "pesticide", "machine")
_CHARACTERS = [chr(code) for code in range(0x4E00, 0x9FA5) if b"\xb0" <= chr(code).encode("gb18030")[:1] < b"\xd8"]
"""The common characters: the first level of GB 2312."""


def measure(size: int) -> None:
    """Load our own words and as many made-up aliases besides, and time the sentences. Run in a process of its own."""
    rng = random.Random(size)
    with tempfile.TemporaryDirectory(prefix="xiangyin-bench-") as folder:
        _write(Path(folder), size, rng)
        before = _peak()
        moments = [time.perf_counter()]
        words = Words.load(Path(folder))
        moments.append(time.perf_counter())
        normaliser, finder = Normaliser(words), EntityFinder(words)
        moments.append(time.perf_counter())
        segmenter = Segmenter([text for text, _ in words.surfaces()])
        moments.append(time.perf_counter())
        corrector = Corrector(words, segmenter)
        moments.append(time.perf_counter())
    name = f"{size:,} aliases made up"
    steps_of_loading = ("words", "normaliser and finder", "segmenter", "corrector")
    spent = zip(steps_of_loading, pairwise(moments), strict=True)
    loading = ", ".join(f"{part} {end - start:.1f}" for part, (start, end) in spent)
    show(f"{name + ': load':<44} {moments[-1] - moments[0]:.1f} s ({loading}), {_peak() - before:.0f} MB")
    sentences = list(_sentences(words, rng))
    steps: dict[str, Callable[[str], object]] = {
        "normalise": normaliser.normalise,
        "find": finder.find,
        "correct": corrector.mend,
    }
    for step, work in steps.items():
        times = []
        for sentence in sentences:
            started = time.perf_counter()
            work(sentence)
            times.append((time.perf_counter() - started) * 1000)
        timing = Timing(f"{name}: {step}", times)
        show(
            f"{timing.name:<44} n={len(times):<4} p50 {timing.quantile(0.5):9.2f} ms   p95 {timing.quantile(0.95):9.2f} ms"
        )


def lexicon() -> None:
    """Each size in a process of its own, so that memory can be told apart."""
    for size in SIZES:
        subprocess.run([sys.executable, "-m", "tests.bench.lexicon", str(size)], check=True)


def _write(folder: Path, size: int, rng: random.Random) -> None:
    for number, kind in enumerate(_KINDS):
        names = _names(size // len(_KINDS), rng, taken=number)
        terms = [
            {
                "standard": names[at],
                "aliases": [f"{alias} {rng.choice(REGIONS)}" for alias in names[at + 1 : at + 1 + ALIASES]],
            }
            for at in range(0, len(names) - ALIASES, ALIASES + 1)
        ]
        file = {"kind": kind, "normalise": True, "terms": terms}
        (folder / f"{kind}.yaml").write_text(yaml.safe_dump(file, allow_unicode=True), "utf-8")


def _names(count: int, rng: random.Random, taken: int) -> list[str]:
    """Different names; those of different `taken` never meet, by their second character."""
    seconds = _CHARACTERS[taken :: len(_KINDS)]
    names: dict[str, None] = {}
    while len(names) < count * (ALIASES + 1) / ALIASES:
        rest = "".join(rng.choices(_CHARACTERS, k=rng.choice((1, 1, 2, 3))))
        names[rng.choice(_CHARACTERS) + rng.choice(seconds) + rest] = None
    return list(names)


def _sentences(words: Words, rng: random.Random) -> Iterator[str]:
    names = [text for text, _ in words.surfaces()]
    for _ in range(SENTENCES):
        yield f"我家{rng.choice(names)}上有好多{rng.choice(names)}，打{rng.choice(names)}行不行，咋整"


def _peak() -> float:
    """The most memory this process has had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    show(f"{'our own':<44} {len(Words.load().readings)} written forms in {len(list(LEXICON.glob('*.yaml')))} files")
    measure(int(sys.argv[1]))
