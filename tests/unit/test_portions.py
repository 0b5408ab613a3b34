"""Many rows in portions."""

from knowledge_base.portions import portions


def test_all_in_order_and_never_an_empty_one() -> None:
    assert list(portions(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(portions(iter("abcd"), 2)) == [["a", "b"], ["c", "d"]]
    assert list(portions((), 2)) == []
