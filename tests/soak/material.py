"""What the farmers of a soak say: the golden questions and utterances, their own sentences, and recordings."""

from functools import cache
from pathlib import Path
from random import Random

import yaml
from pydantic import BaseModel, ConfigDict

TESTS = Path(__file__).parents[1]
GOLDEN = TESTS / "golden"
CLIPS = TESTS / "clips"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WarningWords(_Part):
    """What a warning is made of; `colours` gives each its CAP severity."""

    sender: str
    headline: str
    over: str
    description: str
    instruction: str
    area: str
    events: tuple[str, ...]
    colours: dict[str, str]


class Sayings(_Part):
    """The sentences of sayings.yaml."""

    places: tuple[str, ...]
    subscribing: tuple[str, ...]
    where: str
    agrees: tuple[str, ...]
    prices: tuple[str, ...]
    weather: tuple[str, ...]
    orders: tuple[str, ...]
    days: tuple[str, ...]
    areas: tuple[str, ...]
    bookings: tuple[str, ...]
    cancelling: tuple[str, ...]
    small: tuple[str, ...]
    received: str
    help: str
    accept: str
    decline: str
    bind: str
    operators: tuple[str, ...]
    officer: str
    warning: WarningWords

    def order(self, random: Random) -> str:
        """An order for a machine."""
        return random.choice(self.orders).format(day=random.choice(self.days), area=random.choice(self.areas))


@cache
def sayings() -> Sayings:
    """The shipped sentences."""
    return Sayings.model_validate(yaml.safe_load(Path(__file__).with_name("sayings.yaml").read_text("utf-8")))


@cache
def questions() -> tuple[str, ...]:
    """All golden questions, typed and misheard, and what else farmers say in dialect."""
    files = [*sorted(GOLDEN.glob("questions*.yaml")), GOLDEN / "utterances.yaml"]
    return tuple(row["text"] for file in files for row in yaml.safe_load(file.read_text("utf-8")))


@cache
def clips() -> tuple[bytes, ...]:
    """The recorded questions."""
    rows = yaml.safe_load((CLIPS / "clips.yaml").read_text("utf-8"))
    return tuple((CLIPS / f"{row['name']}.ogg").read_bytes() for row in rows)
