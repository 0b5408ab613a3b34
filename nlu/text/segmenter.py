"""Words of a sentence, by jieba with the lexicon as its own dictionary."""

import hashlib
import logging
import warnings
from collections.abc import Iterable
from pathlib import Path

with warnings.catch_warnings():
    # jieba 0.42.1 has invalid escapes that Python 3.12 warns of at every first import.
    warnings.simplefilter("ignore", SyntaxWarning)
    import jieba

FREQUENCY = 2000
"""Weight of a lexicon word: enough to be kept whole, too little to swallow a longer common word."""


class Segmenter:
    """Loaded once (2-3 s without its cache file, under 1 s with it); safe to share.

    `cache` is a folder, also for what others make of its cuts.
    """

    def __init__(self, words: Iterable[str], cache: Path | None = None) -> None:
        self.cache = cache
        words = list(words)
        own = (jieba.__version__, Path(__file__).read_text("utf-8"), *words)
        self.fingerprint = hashlib.sha256("\n".join(own).encode()).hexdigest()
        """Another one where a text could be cut otherwise."""
        jieba.setLogLevel(logging.WARNING)
        self._jieba = jieba.Tokenizer()
        if cache is not None:
            cache.mkdir(parents=True, exist_ok=True)
            self._jieba.tmp_dir = str(cache)
            self._jieba.cache_file = "jieba.cache"
        self._jieba.initialize()
        for word in words:
            if len(word) > 1:
                self._jieba.add_word(word, FREQUENCY)

    def cut(self, text: str) -> list[str]:
        """The words of a text, in order."""
        return [word for word in self._jieba.lcut(text) if not word.isspace()]

    def cut_for_search(self, text: str) -> list[str]:
        """The words of a text and the shorter words within long ones."""
        return [word for word in self._jieba.lcut_for_search(text) if not word.isspace()]

    def frequency(self, word: str) -> int:
        """How often jieba's corpus of 60 million words has it; lexicon words count `FREQUENCY`, unknown ones 0."""
        return int(self._jieba.FREQ.get(word) or 0)
