"""What is kept is read back as it was written, or not at all."""

import re
from pathlib import Path

import pytest

from nlu.builtin import BuiltinUnderstander
from nlu.kept import NEWEST, Kept
from nlu.sentence_model import ModelUnreadable, SentenceModel, train
from nlu.text.segmenter import Segmenter
from nlu.text.usage import Usage
from nlu.training_data import Example, Segment

SAID = {
    "agronomy": ("玉米叶子发黄", "水稻生虫"),
    "price": ("玉米 多少钱", "小麦啥价"),
    "weather": ("明天下雨不", "刮大风吗"),
}
EXAMPLES = [Example(i, "standard", (Segment(text, None),)) for i, texts in SAID.items() for text in texts]


def kept(folder: Path | None, *made_from: bytes) -> Kept:
    return Kept(folder, "thing", made_from)


def test_read_back_for_the_same_origin_only(tmp_path: Path) -> None:
    kept(tmp_path, b"a", b"bc").write(b"one\ntwo\n")
    assert kept(tmp_path, b"a", b"bc").read() == b"one\ntwo\n"
    assert kept(tmp_path, b"ab", b"c").read() is None
    assert Kept(tmp_path, "another", [b"a", b"bc"]).read() is None


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b"", lambda b: b.replace(b"t", b"T")]
)
def test_what_is_damaged_is_not_there(damage: object, tmp_path: Path) -> None:
    kept(tmp_path, b"a").write(b"two\n")
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    assert kept(tmp_path, b"a").read() is None


def test_nothing_depends_on_keeping(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file", tmp_path / "file" / "below"):
        kept(folder, b"a").write(b"content")
        assert kept(folder, b"a").read() is None


def test_only_the_newest_stay(tmp_path: Path) -> None:
    for number in range(NEWEST + 3):
        kept(tmp_path, bytes([number])).write(b"content")
    assert len(list(tmp_path.iterdir())) == NEWEST
    assert kept(tmp_path, bytes([NEWEST + 2])).read() == b"content"


def test_a_model_that_was_written_says_the_same() -> None:
    model = train(EXAMPLES)
    again = SentenceModel.from_bytes(model.to_bytes())
    for text in ("玉米咋发黄了", "", "😀", "明天  雨"):
        assert again.ranking(text) == model.ranking(text)
    for content in (b"", b"PK\3\4", model.to_bytes()[:-100]):
        with pytest.raises(ModelUnreadable):
            SentenceModel.from_bytes(content)


def test_a_model_says_what_scikit_learn_says() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    features = TfidfVectorizer(analyzer="char", ngram_range=(1, 2), sublinear_tf=True)
    one = LogisticRegression(C=10.0, solver="liblinear", class_weight="balanced", random_state=42)
    theirs = make_pipeline(features, OneVsRestClassifier(one)).fit(
        [example.text for example in EXAMPLES], [example.intent for example in EXAMPLES]
    )
    ours = train(EXAMPLES)
    for text in ("玉米玉米叶子", "ABC  abc\n\n雨", "", "\ud800", "明天小麦啥价钱"):
        expected = dict(zip(theirs.classes_, theirs.predict_proba([text])[0], strict=True))
        assert dict(ours.ranking(text)) == pytest.approx(expected, abs=1e-12)


async def test_the_builtin_understanding_is_trained_once_for_the_same_sentences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await BuiltinUnderstander(lambda: EXAMPLES, tmp_path).parse("玉米发黄")
    with monkeypatch.context() as patch:
        patch.setattr("nlu.sentence_model.train", None)
        assert await BuiltinUnderstander(lambda: EXAMPLES, tmp_path).parse("玉米发黄") == first
    other = await BuiltinUnderstander(lambda: EXAMPLES[:-1], tmp_path).parse("玉米发黄")
    assert other.ranking != first.ranking
    for file in tmp_path.iterdir():
        file.write_bytes(b"damaged")
    assert await BuiltinUnderstander(lambda: EXAMPLES, tmp_path).parse("玉米发黄") == first


class Cutter(Segmenter):
    """Cuts before every one of its signs, and counts how often."""

    def __init__(self, signs: str, cache: Path) -> None:
        self.cache, self.fingerprint, self.cuts = cache, signs, 0

    def cut(self, text: str) -> list[str]:
        self.cuts += 1
        return re.split(f"(?=[{self.fingerprint}])", text)


def test_counts_are_kept_for_the_same_sentences_and_words(tmp_path: Path) -> None:
    said = ["玉米生虫了", "小麦生虫了"]
    cutter = Cutter("生了", tmp_path)
    for usage in (Usage(said, cutter), Usage(reversed(said), cutter)):
        assert usage.words["玉米"] == 1
        assert usage.follows("玉米", "生虫")
        assert not usage.follows("玉米", "小麦")
        assert usage.beside("^", "玉米", "了") == 0.5
        assert usage.together("生", "虫") == 2
        assert cutter.cuts == len(said)
    assert Usage([*said, "玉米"], cutter).words["玉米"] == 2
    assert Usage(said, Cutter("虫", tmp_path)).words["玉米"] == 0
    for file in tmp_path.iterdir():
        file.write_bytes(b"damaged")
    assert Usage(said, cutter).words["玉米"] == 1
