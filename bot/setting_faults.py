"""What is wrong with the settings, one sentence for each fault: its name, and what belongs there."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bot.settings import PREFIX, Settings

OTHERS = (f"{PREFIX}TEST_", f"{PREFIX}EVAL_")
"""What begins like a setting and is for the tests."""
_SENTENCES = {
    "int_parsing": "要填整数 / a whole number is needed",
    "float_parsing": "要填数字 / a number is needed",
    "bool_parsing": "填 true 或 false / true or false",
    "greater_than": "要大于 {gt} / more than {gt}",
    "greater_than_equal": "最小 {ge} / at least {ge}",
    "less_than_equal": "最大 {le} / at most {le}",
    "string_pattern_mismatch": "写法不对，它是 / not what belongs there: {about}",
}
"""By pydantic's kinds of faults; others bring a sentence of their own."""


def faults_of(error: ValidationError) -> Iterator[str]:
    """A sentence for each. What was written there is not repeated: it may be a secret."""
    for fault in error.errors(include_input=False):
        name = "_".join(str(part) for part in fault["loc"]).upper().removeprefix(PREFIX)
        if fault["type"] == "extra_forbidden":
            yield f"设置不对 / setting {_unknown(PREFIX + name)}"
            continue
        field = Settings.model_fields.get(name.lower())
        values: dict[str, Any] = {"about": field.description if field else "", **fault.get("ctx", {})}
        plain = fault["msg"].removeprefix("Value error, ")
        sentence = _SENTENCES.get(fault["type"], "{plain}").format(plain=plain, **values)
        yield f"设置不对 / setting {PREFIX + name}: {sentence}" if name else f"设置不对 / setting {sentence}"


def unknown(environment: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each name that looks like a setting and is none: most often a slip of the pen, which changes nothing."""
    for name in sorted(environment):
        known = name.removeprefix(PREFIX).lower() in Settings.model_fields
        if name.startswith(PREFIX) and not known and not name.startswith(OTHERS):
            yield _unknown(name)


def _unknown(name: str) -> str:
    known = [PREFIX + field.upper() for field in Settings.model_fields]
    near = difflib.get_close_matches(name, known, n=1)
    return f"{name}: 没有这个设置，不起作用 / no such setting" + (f"；是不是 / is it {near[0]}?" if near else "")
