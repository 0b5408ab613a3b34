"""The tokens of the answers' lines, kept on the disk: an empty database is filled without cutting every line anew."""

import contextlib
import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

import dialogs.analysis
import nlu.text
from knowledge_base.search.base import Analyzer, Tokens
from nlu.kept import Kept

_FILE = TypeAdapter(dict[str, tuple[list[str], ...]])
_SORTS = ("characters", "pairs", "words", "syllables", "syllable_pairs")


class KeptTokens:
    """An `Analyzer` that looks into a file before it asks another one, until it is closed.

    What is in the file is good for the same words and the same program only. It is read when the first line is asked
    for, which on most starts none is.
    """

    def __init__(self, analyze: Analyzer, folder: Path, made_from: Iterable[str]) -> None:
        """`made_from`: the fingerprints of what `analyze` stands on."""
        self._analyze = analyze
        self._kept = Kept(folder, "tokens", [*_code(), *(part.encode() for part in made_from)])
        self._known: dict[str, Tokens] | None = None
        self._asked: dict[str, Tokens] = {}
        self._closed = False

    def __call__(self, text: str) -> Tokens:
        """The tokens of a text."""
        if self._closed:
            return self._analyze(text)
        if self._known is None:
            self._known = self._read()
        found = self._known.get(text) or self._analyze(text)
        self._asked[text] = found
        return found

    def close(self) -> None:
        """Keep what was asked for, if some of it is new; from now on only the other analyzer is asked."""
        known, asked, self._closed = self._known or {}, self._asked, True
        self._known, self._asked = None, {}
        if asked.keys() - known.keys():
            plain = {text: [sorted(getattr(one, sort)) for sort in _SORTS] for text, one in (known | asked).items()}
            self._kept.write(json.dumps(plain, ensure_ascii=False).encode())

    def _read(self) -> dict[str, Tokens]:
        with contextlib.suppress(ValidationError, TypeError):
            plain = _FILE.validate_json(self._kept.read() or b"{}")
            return {text: Tokens(*map(frozenset, sorts)) for text, sorts in plain.items()}
        return {}


def _code() -> list[bytes]:
    """What of the program cuts a line."""
    folder = Path(nlu.text.__file__).parent
    files = [Path(dialogs.analysis.__file__), *sorted(folder.glob("*.py"))]
    return [*(path.read_bytes() for path in files), version("jieba").encode(), version("pypinyin").encode()]
