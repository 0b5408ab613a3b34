"""The small understanding in this process, from the same training data: it answers while the service is down."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nlu.training_data import Example
from nlu.understanding import Parse

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline


class BuiltinUnderstander:
    """Logistic regression on n-grams of characters; names no entities, the lexicon does that.

    Trained when first needed, in a thread; `examples` is called there.
    """

    name = "builtin"

    def __init__(self, examples: Callable[[], Sequence[Example]]) -> None:
        self._examples = examples
        self._training = asyncio.Lock()
        self._model: Pipeline | None = None

    async def warm(self) -> None:
        """Train now, so that the first sentence need not wait."""
        await self._trained()

    async def _trained(self) -> "Pipeline":
        async with self._training:
            if self._model is None:
                self._model = await asyncio.to_thread(_train, self._examples)
            return self._model

    async def parse(self, normalized: str) -> Parse:
        """Understand a sentence."""
        return _rank(await self._trained(), normalized, self.name)


def _train(read: Callable[[], Sequence[Example]]) -> "Pipeline":
    # imported here: it takes seconds and 100 MB, and while the service is well nobody needs it
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.multiclass import OneVsRestClassifier  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415

    examples = read()
    features = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    one = LogisticRegression(C=10.0, solver="liblinear", class_weight="balanced", random_state=42)
    return make_pipeline(features, OneVsRestClassifier(one)).fit(
        [example.text for example in examples], [example.intent for example in examples]
    )


def _rank(model: "Pipeline", normalized: str, name: str) -> Parse:
    ranking = sorted(
        zip(map(str, model.classes_), map(float, model.predict_proba([normalized])[0]), strict=True),
        key=lambda intent: -intent[1],
    )
    return Parse(*ranking[0], ranking=tuple(ranking), entities=(), by=name)
