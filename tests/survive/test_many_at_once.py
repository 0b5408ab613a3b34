"""A thousand people at once on one process: everybody gets the answer to their own questions, and it stays small."""

import asyncio
import time
from pathlib import Path

import pytest

from knowledge_base.entry import read_content
from tests.fakes.served import Served
from tests.survive.conftest import LONG
from tests.survive.visitors import Answer, Visitor, texts, visitors

pytestmark = pytest.mark.timeout(1800)

PEOPLE = 1_000 if LONG else 60
PAIRS = 20
GROWTH = 400.0
"""Megabytes that a thousand conversations may take."""
FIRST_WORD = 5.0
"""Seconds within which the page shows that a message has come in."""


def questions() -> list[tuple[str, str]]:
    """Two questions each, from all over the library."""
    asked = [entry.asks[0] for entry in sorted(read_content(), key=lambda entry: entry.key)]
    step = len(asked) // (2 * PAIRS)
    spread = asked[::step]
    return list(zip(spread[0 : 2 * PAIRS : 2], spread[1 : 2 * PAIRS : 2], strict=True))


def megabytes(served: Served, which: str) -> float:
    """`VmRSS` is what the process takes now, `VmHWM` the most so far."""
    status = Path(f"/proc/{served.process.pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in status if line.startswith(which))


async def conversation(visitor: Visitor, pair: tuple[str, str], waits: list[float]) -> tuple[list[str], list[str]]:
    """What somebody hears to two questions."""
    heard = []
    for question in pair:
        began = time.monotonic()
        answer: Answer = await visitor.say(question)
        waits.append(time.monotonic() - began)
        assert answer["type"] == "answer", answer
        heard.append(texts(answer))
    return heard[0], heard[1]


async def test_everybody_gets_the_answer_to_their_own_questions(served: Served) -> None:
    pairs, waits = questions(), list[float]()
    async with visitors(served, PAIRS) as alone:
        expected = [await conversation(one, pair, []) for one, pair in zip(alone, pairs, strict=True)]
    assert len({str(answers) for answers in expected}) == PAIRS, "each pair has answers of its own"
    before, failed = megabytes(served, "VmRSS"), failures(served)

    async with visitors(served, PEOPLE) as people:
        began = time.monotonic()
        heard = await asyncio.gather(
            *(conversation(one, pairs[number % PAIRS], waits) for number, one in enumerate(people))
        )
        took = time.monotonic() - began

    wrong = [number for number, answers in enumerate(heard) if answers != expected[number % PAIRS]]
    assert [(heard[number], expected[number % PAIRS]) for number in wrong[:3]] == []
    assert failures(served) == failed
    grown = megabytes(served, "VmHWM") - before
    assert grown < GROWTH
    assert "Traceback" not in served.log.read_text("utf-8")
    waits.sort()
    print(  # noqa: T201 - the measured figures
        f"{PEOPLE} people: {2 * PEOPLE} answers in {took:.1f} s, {2 * PEOPLE / took:.0f} a second; half after "
        f"{waits[len(waits) // 2]:.1f} s, the last after {waits[-1]:.1f} s; {grown:.0f} MB more at most"
    )


def failures(served: Served) -> list[str]:
    """What the program has counted as gone wrong."""
    text = served.get("/metrics").text
    return [line for line in text.splitlines() if line.startswith("xiangyin_failures_total")]
