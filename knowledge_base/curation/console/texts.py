"""The words of the console: texts.yaml, and one texts_<area>.yaml for each area beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent


class NoSuchText(KeyError):
    """A page asks for words that no text file has."""


class Texts:
    """Words by dotted key: `t.title` of texts.yaml, `t.entries.title` of texts_entries.yaml, `t.entries.states["draft"]`."""

    def __init__(self, values: Mapping[str, Any], where: str = "") -> None:
        self._values = values
        self._where = where

    def __getitem__(self, key: str) -> Any:
        if key not in self._values:
            raise NoSuchText(f"{self._where}{key}")
        value = self._values[key]
        return Texts(value, f"{self._where}{key}.") if isinstance(value, Mapping) else value

    def __getattr__(self, key: str) -> Any:
        if key.startswith("__"):
            raise AttributeError(key)
        return self[key]

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def at(self, dotted: str) -> Any:
        """The text under a dotted key. Raises `NoSuchText`."""
        found: Any = self
        for part in dotted.split("."):
            found = found[part]
        return found


def load_texts(folder: Path = _FOLDER) -> Texts:
    """All words of the console."""
    values: dict[str, Any] = yaml.safe_load((folder / "texts.yaml").read_text("utf-8"))
    for path in sorted(folder.glob("texts_*.yaml")):
        values[path.stem.removeprefix("texts_")] = yaml.safe_load(path.read_text("utf-8"))
    return Texts(values)
