"""What is asked and answered in the contract's tests."""

import itertools
from collections.abc import Callable

from dialogs.messages import Inbound, Reply, Turn
from tests.contract.rig import MARK

QUESTION = f"{MARK}长虫咋整"
ANSWER = f"{MARK}心叶里撒颗粒剂。"
DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


def says(*replies: Reply, heard: str | None = None) -> Callable[[Inbound], Turn]:
    """A script of one turn."""
    return lambda _: Turn(replies, heard)


def sentences(length: int) -> str:
    """Text in Chinese letters alone, of at least that length, none of its sentences like another."""
    numbers = (str(n).translate(DIGITS) for n in itertools.count())
    text = ""
    while len(text) < length:
        text += f"第{next(numbers)}步：先看{MARK}，再看天，后动手，别着急。"
    return text
