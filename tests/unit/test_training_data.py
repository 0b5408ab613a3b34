from pathlib import Path

import pytest

from nlu.training_data import BadTrainingData, Segment, read_intents, read_training_data

INTENTS = ("agronomy", "price")
PRICE = "intent: price\nexamples:\n  standard:\n    - '[小麦](crop)多少钱'\n"


def identity(text: str) -> str:
    return text


def folder_of(tmp_path: Path, **files: str) -> Path:
    for name, text in files.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def agronomy(*sentences: str, region: str = "northeast", intent: str = "agronomy") -> str:
    lines = "".join(f"    - '{sentence}'\n" for sentence in sentences)
    return f"intent: {intent}\nexamples:\n  {region}:\n{lines}"


def test_sentences_come_in_the_order_of_files_with_region_and_entities(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, price=PRICE, agronomy=agronomy("[苞米](crop)叶子上有眼儿，[长虫子](symptom)了咋整"))
    first, second = read_training_data(identity, folder, INTENTS)
    assert (first.intent, first.region, second.intent) == ("agronomy", "northeast", "price")
    assert first.segments == (
        Segment("苞米", "crop"),
        Segment("叶子上有眼儿，", None),
        Segment("长虫子", "symptom"),
        Segment("了咋整", None),
    )
    assert first.text == "苞米叶子上有眼儿，长虫子了咋整"
    assert first.marked == "[苞米](crop)叶子上有眼儿，[长虫子](symptom)了咋整"


def test_entities_and_gaps_are_normalised_apart_and_put_together(tmp_path: Path) -> None:
    def normalise(text: str) -> str:
        return text.replace("苞米", "玉米").replace("咋整", "怎么办").replace("子了", "X")

    folder = folder_of(tmp_path, price=PRICE, agronomy=agronomy("[苞米](crop)[长虫子](symptom)了咋整"))
    example = read_training_data(normalise, folder, INTENTS)[0]
    assert example.marked == "[玉米](crop)[长虫子](symptom)了怎么办"


def test_the_same_sentence_counts_once_within_an_intent(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, price=PRICE, agronomy=agronomy("苞米生虫", "玉米生虫"))
    examples = read_training_data(lambda text: text.replace("苞米", "玉米"), folder, INTENTS)
    assert [example.text for example in examples] == ["玉米生虫", "小麦多少钱"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (agronomy("生虫", intent="agronomie"), ("agronomie", "not an intent")),
        (agronomy("生虫", intent="price"), ("must be called price.yaml",)),
        (agronomy("生虫", region="siberia"), ("siberia",)),
        (agronomy("小麦多少钱"), ("小麦多少钱", "price.yaml", "also an example of agronomy")),
        (agronomy("[苞米(crop)生虫"), ("[苞米(crop)生虫", "unbalanced")),
        (agronomy("苞米](crop)生虫"), ("苞米](crop)生虫", "unbalanced")),
        (agronomy("[苞米]生虫"), ("[苞米]生虫", "unbalanced")),
        (agronomy("[苞米](Crop)生虫"), ("[苞米](Crop)生虫", "unbalanced")),
        (agronomy("[苞米](corp)生虫"), ("[苞米](corp)生虫", "corp")),
        (agronomy("[[苞米](crop)](crop)生虫"), ("unbalanced",)),
        (agronomy(""), ("northeast / 0",)),
        (agronomy("长" * 201), ("northeast / 0",)),
        (agronomy("生虫") + "more: 1\n", ("more",)),
        ("intent: agronomy\nexamples:\n  standard:\n    - yes\n", ("standard / 0",)),
        ("intent: agronomy\nexamples:\n  standard:\n    生虫\n", ("standard",)),
        ("intent: [", ("not readable",)),
        ("", ("agronomy.yaml",)),
    ],
)
def test_a_mistake_is_one_error_with_file_and_sentence(tmp_path: Path, text: str, named: tuple[str, ...]) -> None:
    with pytest.raises(BadTrainingData) as told:
        read_training_data(identity, folder_of(tmp_path, price=PRICE, agronomy=text), INTENTS)
    assert ".yaml" in str(told.value)
    assert all(part in str(told.value) for part in named), str(told.value)


def test_an_intent_without_examples_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(BadTrainingData, match="no example of agronomy"):
        read_training_data(identity, folder_of(tmp_path, price=PRICE), INTENTS)


def test_what_normalising_empties_is_a_mistake(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, price=PRICE, agronomy=agronomy("嗯嗯"))
    with pytest.raises(BadTrainingData, match=r"嗯嗯.*nothing is left"):
        read_training_data(lambda text: text.replace("嗯", ""), folder, INTENTS)


def test_intents_come_in_the_order_of_reports() -> None:
    assert read_intents()[:2] == ("agronomy", "livestock")
