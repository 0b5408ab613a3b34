"""Many rows in portions that fit into a statement."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def portions(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """At most `size` rows at a time, in their order; nothing where there are none."""
    rest = iter(rows)
    while portion := list(islice(rest, size)):
        yield portion
