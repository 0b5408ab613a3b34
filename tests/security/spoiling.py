"""Values that fit nothing, and good documents with one value spoilt."""

from collections.abc import Sequence
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

FEW = settings(max_examples=60, deadline=None)
ODD = st.sampled_from(["", "\0", "\ufffe", "٣", "1e999", "NaN", "-0", "9" * 5_000, "2026-02-30", "\u202e", "x" * 9_000])
LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | ODD
ANY_JSON = st.recursive(
    LEAF,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)


def spoilt(found: Any, picks: Sequence[int], leaf: object) -> Any:
    """A copy with one value, that the picks lead to, replaced."""
    if not picks or not isinstance(found, dict | list) or not found:
        return leaf
    keys = list(found) if isinstance(found, dict) else list(range(len(found)))
    at = keys[picks[0] % len(keys)]
    copy = dict(found) if isinstance(found, dict) else list(found)
    copy[at] = spoilt(found[at], picks[1:], leaf)
    return copy


PICKS = st.lists(st.integers(0, 200), min_size=1, max_size=4)
