"""Places as staff type them into forms: by their names, or by their administrative codes."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from knowledge_base.warnings.codes import significant

APART = re.compile(r"[\s,，、;；]+")
_FULL = 12


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """`find` knows places by their names, `name` says them; both as `dialogs.places.Places` does."""

    find: Callable[[str], str | None]
    name: Callable[[str], str]

    def code(self, word: str) -> str | None:
        """The significant digits of a place, by its name or its code; None for what is neither."""
        word = word.strip()
        code = word if word.isascii() and word.isdecimal() else self.find(word)
        return significant(code.ljust(_FULL, "0")) if code and 2 <= len(code) <= _FULL and code[0] != "0" else None

    def codes(self, text: str) -> tuple[str, ...] | None:
        """The same of several, apart by blanks or commas; None where one of them is not known."""
        found = [self.code(word) for word in words_of(text)]
        known = tuple(code for code in found if code is not None)
        return known if len(known) == len(found) else None

    def typed(self, code: str) -> str:
        """A place by its name, if that leads back to it; else by its code."""
        name = self.name(code)
        return name if name and self.code(name) == code else code


def words_of(text: str) -> list[str]:
    """Words that stand apart by blanks, commas or semicolons."""
    return [word for word in APART.split(text.strip()) if word]
