"""What the assistant says in its own words: replies.yaml, by key."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

DATA = Path(__file__).parent / "replies.yaml"


class Phrase(BaseModel):
    """One reply. `spoken` is read aloud; where it is missing, `text` is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    spoken: str | None = None


class Wording:
    """The phrases; `{name}` in them is filled in."""

    def __init__(self, phrases: dict[str, Phrase]) -> None:
        self._phrases = phrases

    def __contains__(self, key: str) -> bool:
        return key in self._phrases

    def text(self, key: str, **values: str) -> str:
        """The written phrase. KeyError for a key that replies.yaml does not have."""
        return self._phrases[key].text.format(**values).strip()

    def spoken(self, key: str, **values: str) -> str:
        """The phrase as it is read aloud."""
        phrase = self._phrases[key]
        return (phrase.spoken if phrase.spoken is not None else phrase.text).format(**values).strip()


@cache
def wording() -> Wording:
    """The shipped phrases."""
    rows = yaml.safe_load(DATA.read_text("utf-8"))
    flat = {f"{group}.{name}": row for group, names in rows.items() for name, row in names.items()}
    return Wording(
        TypeAdapter(dict[str, Phrase]).validate_python(
            {key: {"text": row} if isinstance(row, str) else row for key, row in flat.items()}
        )
    )
