"""Golden dialogues: conversations in YAML with what each turn must bring, for the tests and for `xiangyin talk`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator

from bot.scene import Scene, read_scene
from dialogs.messages import Reply, Turn

SHANGHAI = ZoneInfo("Asia/Shanghai")
FARMER = "zhang"
"""Who begins where a dialogue does not say."""
SAYING = ("say", "speak", "press", "locate")


class DialoguesBroken(Exception):
    """A file of dialogues does not follow its schema."""


class Step(BaseModel):
    """A turn: one of say (typed), speak (readings of a recording, best first), press (a button's label) and locate
    (latitude, longitude), then what it must bring. A step without any of these only moves the clock or the person.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    now: str | None = None
    """ISO time from this step on; without an offset it is Shanghai's."""
    user: str | None = None
    """Who goes on; at first `FARMER`."""
    say: str | None = None
    speak: tuple[str, ...] = ()
    press: str | None = None
    locate: tuple[float, float] | None = None
    kind: Literal["answer", "ask", "confirm", "booked", "cancelled", "handoff", "refuse", "info"] | None = None
    """Of the last reply."""
    subject: str | None = None
    intent: str | None = None
    offers: tuple[str, ...] = ()
    """Labels that must be among the choices of the last reply."""
    says: tuple[str, ...] = ()
    """Words that must be in the text."""
    never: tuple[str, ...] = ()
    """Words that must not."""
    slots: dict[str, Any] = {}
    """What must be known of the order."""

    @model_validator(mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        """A single text stands for a list of one."""
        if isinstance(value, dict):
            return value | {k: (value[k],) for k in ("says", "never", "speak") if isinstance(value.get(k), str)}
        return value

    @model_validator(mode="after")
    def _does_one_thing(self) -> "Step":
        if sum(bool(getattr(self, name)) for name in SAYING) > 1:
            raise ValueError(f"one of {', '.join(SAYING)} at a time")
        return self

    @property
    def said(self) -> str | None:
        """What the person did, as text; None where the step only moves the clock or the person."""
        located = ",".join(map(str, self.locate)) if self.locate else None
        return self.say or self.press or (self.speak[0] if self.speak else None) or located

    def wrong(self, turn: Turn) -> list[str]:
        """What the turn has not brought."""
        last = turn.replies[-1] if turn.replies else None
        text = "".join(reply.text for reply in turn.replies)
        slots = slots_of(turn)
        subject = next((reply.subject for reply in turn.replies if reply.subject), None)
        intent = turn.understanding.intent if turn.understanding else None
        found: dict[str, tuple[Any, Any]] = {
            "kind": (self.kind, str(last.kind) if last else None),
            "subject": (self.subject, subject),
            "intent": (self.intent, intent),
        }
        problems = [f"{k} {got}, not {wanted}" for k, (wanted, got) in found.items() if wanted not in {None, got}]
        labels = {choice.label for choice in last.choices} if last else set()
        problems += [f"no button {label} among {sorted(labels)}" for label in self.offers if label not in labels]
        problems += [f"does not say {words}" for words in self.says if words not in text]
        problems += [f"says {words}" for words in self.never if words in text]
        problems += [
            f"{name} is {slots.get(name)}, not {value}"
            for name, value in self.slots.items()
            if slots.get(name) != value
        ]
        return problems


class Dialogue(BaseModel):
    """A conversation. `region` is the dialect that it is in; `place` an administrative code that the channel knows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    region: str | None = None
    now: str = "2026-11-22T09:00"
    """When it begins."""
    place: str | None = None
    turns: tuple[Step, ...]
    scene: Scene = Scene()
    """Who and what is there when it begins: the file's."""


_DIALOGUES = TypeAdapter(tuple[Dialogue, ...])


def read_dialogues(path: Path) -> Sequence[Dialogue]:
    """The dialogues of a file: a list of them, or `scene` (a file beside it) and `dialogues`. Raises `DialoguesBroken`."""
    try:
        read = yaml.safe_load(path.read_text("utf-8"))
        if not isinstance(read, dict):
            return _DIALOGUES.validate_python(read)
        scene = read_scene(path.parent / str(read.get("scene")))
        return [one.model_copy(update={"scene": scene}) for one in _DIALOGUES.validate_python(read.get("dialogues"))]
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise DialoguesBroken(f"{path}: {error}") from None


def moment(text: str) -> datetime:
    """An ISO time; without an offset it is Shanghai's. Raises ValueError."""
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def slots_of(turn: Turn) -> dict[str, Any]:
    """The order that is being made, or was just made, as far as it is known."""
    return {name: value for reply in turn.replies for name, value in reply.slots.items()}


def choice_under(label: str, replies: Sequence[Reply]) -> str | None:
    """The id of the button with that label."""
    return next((c.id for reply in replies for c in reply.choices if c.label == label), None)
