"""How warnings sound: repeats, pauses, volume and chime by colour, and the words around a drill (style.yaml)."""

from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from knowledge_base.warnings.speakers import Announcement

STYLE = Path(__file__).with_name("style.yaml")
_FROZEN = ConfigDict(extra="forbid", frozen=True)


class Sound(BaseModel):
    """How often something is played, with how many seconds between, how loud (0 to 100), after which chime."""

    model_config = _FROZEN

    repeat: Annotated[int, Field(ge=1, le=20)]
    pause: Annotated[float, Field(ge=0, le=60)]
    volume: Annotated[int, Field(ge=0, le=100)]
    chime: str


class Chime(BaseModel):
    """Tones one after the other, each from one frequency (Hz) to another in so many seconds; loudness 0 to 1."""

    model_config = _FROZEN

    loudness: Annotated[float, Field(gt=0, le=1)]
    tones: tuple[tuple[float, float, float], ...]


class Drill(BaseModel):
    """The words before and after those of a drill, and how it is played."""

    model_config = _FROZEN

    before: Annotated[str, Field(pattern="演练")]
    after: Annotated[str, Field(pattern="演练")]
    sound: Sound


class Style(BaseModel):
    """The whole file; see there for what each part means."""

    model_config = _FROZEN

    colours: dict[int, Sound]
    patience: dict[int, Annotated[float, Field(ge=0)]]
    cancel: Sound
    drill: Drill
    slow: bool
    gap: Annotated[float, Field(ge=0, le=5)]
    chimes: dict[str, Chime]
    errors: dict[str, str]

    @model_validator(mode="after")
    def _complete(self) -> "Style":
        if set(self.colours) != {1, 2, 3, 4} or set(self.patience) != {1, 2, 3, 4}:
            raise ValueError("colours and patience must name 1 to 4")
        named = {sound.chime for sound in (*self.colours.values(), self.cancel, self.drill.sound)}
        if missing := named - set(self.chimes):
            raise ValueError(f"no such chime: {sorted(missing)}")
        if self.drill.sound.chime == self.colours[1].chime:
            raise ValueError("a drill must not sound like a red warning")
        return self

    def sound(self, announcement: Announcement) -> Sound:
        """How an announcement is played."""
        if announcement.drill:
            return self.drill.sound
        return self.cancel if announcement.cancel else self.colours[announcement.colour]

    def words(self, announcement: Announcement) -> str:
        """What is said; empty for a cancel without words."""
        if announcement.drill and announcement.text:
            return f"{self.drill.before}\n{announcement.text}\n{self.drill.after}"
        return announcement.text


@cache
def style() -> Style:
    """The shipped style; `pydantic.ValidationError` says what is wrong in the file."""
    return Style.model_validate(yaml.safe_load(STYLE.read_text(encoding="utf-8")))
