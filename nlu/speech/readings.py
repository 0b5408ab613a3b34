"""What one ear heard, as whole readings; and speech told apart from what is none."""

import math
import re
from collections.abc import Sequence

from nlu.speech.base import NoSpeech, Reading
from nlu.speech.recogniser import BETWEEN_HAN, Segment

SPEECH = 40.0
SPEECH_OF_ONE_WORD = 54.0
FILLERS = re.compile("[嗯啊呃哦呢哇唔哼唉哎诶的吧了\\s]")  # what the model makes of hum, wind, barks and clicks


def is_speech(segment: Segment) -> bool:
    """Tell speech from noise by open dictation's own score for each second of sound.

    Measured: speech 60-90, in white noise of 10 dB 48-67, of 5 dB 44-57; white noise, wind, engine, hum, tones and
    played notes 31-54, and what it then hears is fillers, or one syllable, perhaps over and over.
    """
    score = segment.best.score / max(segment.end - segment.start, 0.01)
    said = set(FILLERS.sub("", segment.best.text))
    return score >= (SPEECH if len(said) > 1 else SPEECH_OF_ONE_WORD) and bool(said)


def readings(segments: Sequence[Segment], most: int) -> tuple[Reading, ...]:
    """Join the segments' alternatives, likeliest first; confidences are their shares of likelihood. Raises `NoSpeech`."""
    joined: dict[str, float] = {"": 0.0}
    for segment in segments:
        longer: dict[str, float] = {}
        for text, score in joined.items():
            for alternative in segment.alternatives:
                whole = BETWEEN_HAN.sub("", f"{text} {alternative.text}".strip())
                longer[whole] = max(longer.get(whole, -math.inf), score + alternative.score - segment.best.score)
        joined = dict(sorted(longer.items(), key=lambda item: -item[1])[:most])
    shares = {text: math.exp(score) for text, score in joined.items() if text}
    if not shares:
        raise NoSpeech("nothing was said")
    total = sum(shares.values())
    return tuple(Reading(text, share / total) for text, share in shares.items())
