"""What people mistype: pinyin that was left as letters, and the wrong characters of the right sound."""

from dataclasses import dataclass

from nlu.speech.correction import TYPED, Corrector
from nlu.text.change import Change, Correction
from nlu.text.normalise import Normalised
from nlu.text.typed_pinyin import TypedPinyin
from nlu.wordfile import Region


@dataclass(frozen=True, slots=True)
class Mended:
    """A typed sentence with its pinyin read, and that with its characters corrected."""

    read: Correction
    corrected: Correction

    @property
    def text(self) -> str:
        """The sentence to go on with."""
        return self.corrected.text

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes; those of characters are told of the sentence with its pinyin read."""
        return self.read.changes + self.corrected.changes

    def back(self, normalised: Normalised) -> Normalised:
        """What was made of the mended sentence, told of the sentence as it was typed."""
        return self.read.back(self.corrected.back(normalised))


class Slips:
    """Mends typed sentences, timidly; holds no state, safe to share."""

    def __init__(self, pinyin: TypedPinyin, corrector: Corrector) -> None:
        self._pinyin = pinyin
        self._corrector = corrector

    def mend(self, text: str, region: Region | None = None) -> Mended:
        """The sentence as it was probably meant. Numbers and negations written in characters stay."""
        read = self._pinyin.mend(text, region)
        return Mended(read, self._corrector.mend(read.text, region, TYPED))
