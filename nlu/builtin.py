"""The small understanding in this process, from the same training data: it answers while the service is down."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from nlu import sentence_model
from nlu.kept import Kept
from nlu.sentence_model import ModelUnreadable, SentenceModel
from nlu.training_data import Example
from nlu.understanding import Parse


class BuiltinUnderstander:
    """Logistic regression on n-grams of characters; names no entities, the lexicon does that.

    Made when first needed, in a thread; `examples` is called there. Trained once for the same sentences, if there is
    a `cache`.
    """

    name = "builtin"

    def __init__(self, examples: Callable[[], Sequence[Example]], cache: Path | None = None) -> None:
        self._examples = examples
        self._cache = cache
        self._making = asyncio.Lock()
        self._model: SentenceModel | None = None

    async def warm(self) -> None:
        """Make it now, so that the first sentence need not wait."""
        await self._made()

    async def _made(self) -> SentenceModel:
        async with self._making:
            if self._model is None:
                self._model = await asyncio.to_thread(_model, self._examples, self._cache)
            return self._model

    async def parse(self, normalized: str) -> Parse:
        """Understand a sentence."""
        ranking = (await self._made()).ranking(normalized)
        return Parse(*ranking[0], ranking=tuple(ranking), entities=(), by=self.name)


def _model(read: Callable[[], Sequence[Example]], cache: Path | None) -> SentenceModel:
    """The model of these sentences: the one that is kept, or else a new one."""
    examples = read()
    code = Path(sentence_model.__file__).read_bytes()
    sentences = (f"{example.intent}\0{example.text}".encode() for example in examples)
    kept = Kept(cache, "builtin", [code, version("scikit-learn").encode(), *sentences])
    if content := kept.read():
        with contextlib.suppress(ModelUnreadable):
            return SentenceModel.from_bytes(content)
    model = sentence_model.train(examples)
    kept.write(model.to_bytes())
    return model
