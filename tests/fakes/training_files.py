"""A little training data: enough for Rasa to train on in a second."""

from pathlib import Path
from tempfile import TemporaryDirectory

from nlu.training import export
from nlu.training_data import read_training_data

SENTENCES = {
    "agronomy": "[玉米](crop)叶子发黄怎么办 [水稻](crop)生虫打什么药 [小麦](crop)倒伏了怎么办 [棉花](crop)烂根咋治 [雪莲果](crop)生虫怎么办",
    "price": "[玉米](crop)多少钱一斤 [水稻](crop)什么价 [小麦](crop)今天行情 [棉花](crop)收购价多少 [雪莲果](crop)多少钱",
    "weather": "明天下雨不 今天天气怎么样 后天刮大风吗 这几天有没有霜冻 明天多少度",
}


def little_files() -> dict[str, bytes]:
    """The exported files; 金铁锁 is a word of the dictionary only."""
    with TemporaryDirectory() as folder:
        for intent, sentences in SENTENCES.items():
            lines = [f"    - '{sentence}'" for sentence in sentences.split()]
            text = "\n".join([f"intent: {intent}", "examples:", "  standard:", *lines])
            (Path(folder) / f"{intent}.yaml").write_text(text, encoding="utf-8")
        return export(read_training_data(str, Path(folder), SENTENCES), ["雪莲果 9 n", "金铁锁 9 n"])
