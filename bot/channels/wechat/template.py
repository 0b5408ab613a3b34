"""The template message that tells of a warning where no other message may be sent.

A county has one approved in the account's console; its fields have names such as thing1 or time2. The setting says what
goes into which: the template's id, then `field=what` with blanks in between, `what` being `title` (the warning's first
line), `time` (now) or `hint` (where to read it all).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.wechat.texts import Texts

SHANGHAI = ZoneInfo("Asia/Shanghai")
THING = 20
"""Characters that a field called `thing` may have."""
FORM = re.compile(r"(?P<id>[\w-]{10,64})(?P<fields>(?: +[a-z_]+\d*=(?:title|time|hint))+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Template:
    """One template. `fields`: what goes into which."""

    id: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, setting: str) -> "Template | None":
        """The template of a setting; None for an empty one. Raises `ValueError`."""
        if not setting.strip():
            return None
        found = FORM.fullmatch(setting.strip())
        if found is None:
            raise ValueError("a template is set as: ID field=title field=time field=hint")
        pairs = (pair.partition("=") for pair in found["fields"].split())
        return cls(found["id"], tuple((name, what) for name, _, what in pairs))

    def message(self, user: str, text: str, now: datetime, texts: Texts) -> dict[str, Any]:
        """The call's body for a warning with this text; `now` is aware."""
        local = now.astimezone(SHANGHAI)
        title = next((line.strip() for line in text.splitlines() if line.strip()), "")
        values = {"title": _short(title), "time": f"{local:%Y-%m-%d %H:%M}", "hint": _short(texts.template_hint)}
        data = {name: {"value": values[what]} for name, what in self.fields}
        return {"touser": user, "template_id": self.id, "data": data}


def _short(text: str) -> str:
    return text if len(text) <= THING else text[: THING - 1] + "…"
