"""Why a warning was not accepted, in words for the person who sent it or keeps watch."""

from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).with_name("refusals.yaml")
DETAIL = 120
"""Characters of detail kept: it may quote the document."""


class AlertRefused(Exception):
    """The document is not an acceptable warning."""

    def __init__(self, reason: str, where: str = "", detail: str = "") -> None:
        """`reason` is a key of refusals.yaml, `where` a path such as `info[2]/expires`, `detail` English for the log."""
        self.reason = reason
        self.where = where
        self.detail = detail[:DETAIL]
        super().__init__(": ".join(part for part in (reason, where, self.detail) if part))

    @property
    def sentence(self) -> str:
        """What is wrong and where, in Chinese."""
        text = sentences()[self.reason]
        return f"{text}（位置：{self.where}）" if self.where else text


@cache
def sentences() -> dict[str, str]:
    """Every reason and its sentence."""
    texts: dict[str, str] = yaml.safe_load(DATA.read_text(encoding="utf-8"))
    return texts
