"""The load part of the bench: the highest rate that goes well is found, and what is not answered counts as too late."""

import pytest

from tests.bench.load import FIRST, MOST, Step, climb


class Servers:
    """Answer in time up to so many turns a second."""

    def __init__(self, most: float) -> None:
        self.most = most
        self.offered: list[float] = []

    def offer(self, rate: float) -> Step:
        self.offered.append(rate)
        return Step(rate, [100.0 if rate <= self.most else 900.0] * 20, 0, 1.0)


def best(servers: Servers) -> float:
    return max((step.rate for step in climb(servers.offer) if step.well), default=0.0)


@pytest.mark.parametrize("most", [3.0, 9.5, 17.0, 41.0])
def test_the_highest_rate_is_found_nearly(most: float) -> None:
    servers = Servers(most)
    assert most * 0.8 < best(servers) <= most
    assert len(servers.offered) < 12, "the time is bounded"


def test_servers_that_are_slow_from_the_first() -> None:
    assert best(Servers(1.2)) == FIRST / 2
    assert best(Servers(0.1)) == 0


def test_servers_that_keep_up_with_all_that_is_offered() -> None:
    servers = Servers(1_000)
    assert MOST / 1.7 < best(servers) <= MOST
    assert servers.offered[-1] == best(servers)


def test_turns_without_an_answer_are_too_late() -> None:
    assert Step(2, [100.0] * 99, 1, 1.0).well
    assert not Step(2, [100.0] * 90, 10, 1.0).well
    assert not Step(2, [], 0, 1.0).well
