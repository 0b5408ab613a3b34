"""What a plain search does with the same questions: BM25 over jieba words, and character TF-IDF."""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge_base.entry import Entry
from knowledge_base.search.profile import searchable

Finder = Callable[[str], str]
"""A question to the key of the entry that it finds first."""

K1, B = 1.5, 0.75


def bm25(entries: Sequence[Entry], cut: Callable[[str], list[str]]) -> Finder:
    """BM25 over one document per entry."""
    documents = [Counter(word for line in searchable(e) for word in cut(line)) for e in entries]
    lengths = [sum(d.values()) for d in documents]
    mean = sum(lengths) / len(lengths)
    frequencies = Counter(word for d in documents for word in d)

    def score(number: int, words: list[str]) -> float:
        document, total = documents[number], 0.0
        for word in words:
            rarity = math.log(1 + (len(documents) - frequencies[word] + 0.5) / (frequencies[word] + 0.5))
            count = document[word]
            total += rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * lengths[number] / mean))
        return total

    def find(question: str) -> str:
        words = cut(question)
        return max(zip(entries, range(len(entries)), strict=True), key=lambda pair: score(pair[1], words))[0].key

    return find


def character_tfidf(entries: Sequence[Entry]) -> Finder:
    """Cosine of character n-grams with the nearest line of an entry."""
    lines = [(line, entry.key) for entry in entries for line in searchable(entry)]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3))
    matrix = vectorizer.fit_transform([line for line, _ in lines])

    def find(question: str) -> str:
        likeness = (matrix @ vectorizer.transform([question]).T).toarray().ravel()
        return lines[int(np.argmax(likeness))][1]

    return find
