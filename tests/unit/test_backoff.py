import pytest

from nlu.backoff import delay


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0.0), (1, 0.5), (2, 1.0), (3, 2.0), (4, 4.0), (6, 16.0), (7, 30.0), (8, 30.0), (10_000, 30.0)],
)
def test_each_failure_doubles_the_wait_up_to_the_cap(failures: int, seconds: float) -> None:
    assert delay(failures) == seconds


def test_first_wait_and_cap_can_be_chosen() -> None:
    assert [delay(n, first=0.1, cap=0.3) for n in range(1, 5)] == [0.1, 0.2, 0.3, 0.3]
