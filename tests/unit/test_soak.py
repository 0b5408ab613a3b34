"""The soak: what it judges, by made-up series, and that its farmers' sentences are there."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.soak.farmer import WEIGHTS, Farmer
from tests.soak.held import Held, database_size, fallbacks, oldest
from tests.soak.judging import Bounds, Sample, Verdict, judge_end, judge_growth, judge_outbox, slope
from tests.soak.log_watch import LogWatch
from tests.soak.material import clips, questions, sayings
from tests.soak.tally import Tally

FLAT = Held(resident=600, private=500, files=30, sockets=40, threads=20)
BOUNDS = Bounds()
Shape = Callable[[float], Held]


def series(shape: Shape, minutes: int = 30, rasa: Shape = lambda _: FLAT) -> list[Sample]:
    """A look every half minute at what has this shape over the minutes."""
    at = [number / 2 for number in range(1, minutes * 2 + 1)]
    return [Sample(m, shape(m), rasa(m), 20, 0, 0, 0, 0, 0) for m in at]


def bad(verdicts: list[Verdict]) -> list[str]:
    return [verdict.name for verdict in verdicts if not verdict.well]


def test_slope_is_that_of_the_line_through_the_points() -> None:
    assert slope([(1, 3), (2, 5), (3, 7)]) == pytest.approx(2)
    assert slope([(0, 1), (1, 0), (2, 1), (3, 0)]) == pytest.approx(-0.2)
    assert slope([]) == slope([(1, 5)]) == slope([(2, 5), (2, 9)]) == 0


def test_a_message_that_could_be_delivered_and_was_not_is_told() -> None:
    looks = series(lambda _: FLAT)
    assert judge_outbox(looks, BOUNDS).well
    assert judge_outbox([], BOUNDS).well
    late = replace(looks[3], outbox=61)
    verdict = judge_outbox([*looks[:3], late, *looks[4:]], BOUNDS)
    assert not verdict.well
    assert verdict.said == "61 s, at most 60"


def test_flat_memory_with_noise_is_well() -> None:
    noise = Random(1)
    assert bad(judge_growth(series(lambda _: replace(FLAT, private=500 + noise.uniform(-8, 8))), BOUNDS)) == []


def test_memory_that_fills_up_in_the_first_half_is_well() -> None:
    assert bad(judge_growth(series(lambda m: replace(FLAT, private=500 + min(m, 14) * 20)), BOUNDS)) == []


@pytest.mark.parametrize(("hourly", "well"), [(59, True), (61, False), (600, False)])
def test_memory_may_grow_by_so_much_an_hour(hourly: float, well: bool) -> None:
    grows: Shape = lambda m: replace(FLAT, private=500 + m * hourly / 60)  # noqa: E731
    assert bad(judge_growth(series(grows), BOUNDS)) == ([] if well else ["memory of the program"])
    understanding = judge_growth(series(lambda _: FLAT, rasa=grows), BOUNDS)
    assert bad(understanding) == ([] if well else ["memory of the understanding service"])


@pytest.mark.parametrize(("what", "name"), [("files", "open files"), ("sockets", "sockets"), ("threads", "threads")])
def test_one_more_a_minute_is_a_leak(what: str, name: str) -> None:
    def grows(minute: float) -> Held:
        return Held(600, 500, **{one: 30 + (int(minute) if one == what else 0) for one in COUNTS})

    assert bad(judge_growth(series(grows), BOUNDS)) == [name]


COUNTS = ("files", "sockets", "threads")


def test_a_short_run_says_nothing_of_growth() -> None:
    (verdict,) = judge_growth(series(lambda m: replace(FLAT, private=500 + m * 100), minutes=4), BOUNDS)
    assert verdict.well
    assert "not judged" in verdict.said
    assert judge_growth([], BOUNDS)[0].well


def test_the_end() -> None:
    assert bad(judge_end(FLAT, FLAT, BOUNDS, [], 0)) == []
    left = judge_end(FLAT, replace(FLAT, sockets=FLAT.sockets + 6), BOUNDS, ["ask: no answer in 60 s"], -9)
    assert bad(left) == [
        "sockets after everybody has gone",
        "errors, and farmers without an answer",
        "ended when told to",
    ]


def test_errors_in_the_log_are_found_once_and_only_whole_lines_are_read(tmp_path: Path) -> None:
    log = tmp_path / "serve.log"
    log.write_text('starting\n{"level": "warning", "event": "late"}\n{"level": "error", "event": "turn_failed"}\n{"lev')
    watch = LogWatch(log)
    assert watch.errors() == ["log: turn_failed"]
    with log.open("a") as more:
        more.write('el": "info", "event": "ready"}\nTraceback (most recent call last):\n')
    assert watch.errors() == ["log: Traceback"]
    assert watch.errors() == []
    assert watch.warnings == {"late": 1}


def test_what_the_metrics_say() -> None:
    text = (
        'xiangyin_outbox_oldest_seconds{channel="web"} 3.5\nxiangyin_outbox_oldest_seconds{channel="telegram"} 12.0\n'
    )
    assert oldest(text) == 12
    assert oldest("") == fallbacks("") == 0
    assert fallbacks("xiangyin_understanding_fallbacks_total 7.0\n") == 7


def test_the_size_of_a_database_counts_its_log(tmp_path: Path) -> None:
    for name in ("x.db", "x.db-wal"):
        (tmp_path / name).write_bytes(b"0" * 1024 * 512)
    assert database_size(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}") == 1


def test_farmers_have_something_to_say_and_can_do_all_that_is_weighed() -> None:
    assert len(questions()) > 2_000
    assert len(clips()) > 10
    assert all(callable(getattr(Farmer, f"_{name}")) for name in WEIGHTS)
    assert "{" not in sayings().order(Random(1))


def test_turns_are_counted_and_pages_are_not() -> None:
    tally = Tally()
    tally.noted("typed", 30)
    tally.noted("page", 500)
    assert tally.turns == 1
    assert list(tally.lately().times) == [30]
    assert list(tally.lately().times) == []
