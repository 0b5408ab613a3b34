"""Which intent a sentence has, by logistic regression on n-grams of characters: trained with scikit-learn, read without."""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nlu.training_data import Example

_SPACES = re.compile(r"\s\s+")
_PARTS = ("intents", "grams", "rarity", "weights", "biases")


class ModelUnreadable(Exception):
    """This is not the content of a model."""


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """One binary regression for each intent, over the same n-grams. Never changes; safe to share.

    It says what scikit-learn's pipeline says, whose import takes seconds and 100 MB; only training needs that.
    """

    intents: tuple[str, ...]
    columns: dict[str, int]
    """Which row of the weights belongs to an n-gram of one or two characters."""
    rarity: NDArray[np.float64]
    weights: NDArray[np.float64]
    """A row for each n-gram, a column for each intent."""
    biases: NDArray[np.float64]

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Every intent with its probability, the likeliest first; together they make 1."""
        found, counts = self._counted(text)
        values = (1 + np.log(counts)) * self.rarity[found]
        values /= np.linalg.norm(values) or 1.0
        one_by_one = 1 / (1 + np.exp(-(values @ self.weights[found] + self.biases)))
        shares = one_by_one / one_by_one.sum()
        return sorted(zip(self.intents, map(float, shares), strict=True), key=lambda intent: -intent[1])

    def _counted(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The rows of the n-grams that are known, and how often each stands in the text."""
        plain = _SPACES.sub(" ", text.lower())
        grams = [*plain, *(plain[at : at + 2] for at in range(len(plain) - 1))]
        rows = [row for gram in grams if (row := self.columns.get(gram)) is not None]
        found, counts = np.unique(np.array(rows, np.int64), return_counts=True)
        return found, counts.astype(np.float64)

    def to_bytes(self) -> bytes:
        """The content that `from_bytes` reads."""
        file = io.BytesIO()
        np.savez(
            file,
            intents=np.array(self.intents),
            grams=np.array(list(self.columns)),
            rarity=self.rarity,
            weights=self.weights,
            biases=self.biases,
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "SentenceModel":
        """The model that was written. Raises `ModelUnreadable`."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                intents, grams, rarity, weights, biases = (file[part] for part in _PARTS)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ModelUnreadable from error
        columns = {str(gram): row for row, gram in enumerate(grams)}
        shapes = (rarity.shape, weights.shape, biases.shape)
        if shapes != ((len(columns),), (len(columns), len(intents)), (len(intents),)):
            raise ModelUnreadable
        return cls(tuple(map(str, intents)), columns, rarity, weights, biases)


def train(examples: Sequence[Example]) -> SentenceModel:
    """The model of these sentences. Blocks for seconds."""
    # imported here: it takes seconds and 100 MB, and a model that is kept needs none of it
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415

    vectors = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    features = vectors.fit_transform([example.text for example in examples])
    said = np.array([example.intent for example in examples])
    intents = tuple(sorted({example.intent for example in examples}))
    ones = [
        LogisticRegression(C=10.0, solver="liblinear", class_weight="balanced", random_state=42).fit(
            features, said == intent
        )
        for intent in intents
    ]
    return SentenceModel(
        intents,
        {str(gram): row for row, gram in enumerate(vectors.get_feature_names_out())},
        np.asarray(vectors.idf_, np.float64),
        np.vstack([one.coef_[0] for one in ones]).T.copy(),
        np.array([one.intercept_[0] for one in ones]),
    )
