"""What is fetched and trained: models of understanding and speech, and the font of the pictures."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from bot.doctor.findings import Finding
from bot.settings import Settings
from nlu.speech.assets import assets, status
from nlu.speech.sherpa_model import TOKENS
from nlu.speech.vosk_ear import PARTS


def models(settings: Settings) -> Iterator[Finding]:
    """Each asset that is used, as it lies there, and a model of one's own."""
    own = settings.ear_model or (settings.models / settings.ear if settings.ear == "sherpa" else None)
    unused = {"ear"} if own else set[str]()
    if own:
        needed = (TOKENS,) if settings.ear == "sherpa" else PARTS
        lacking = [part for part in needed if not (own / part).is_file()]
        detail = (
            f"{own}: 缺 / lacks {' '.join(lacking)}；听不了语音。看 docs/speech.md" if lacking else f"{own}: 有 / there"
        )
        yield Finding("自带的语音识别模型", not lacking, detail)
    for part, asset in assets().items():
        if part in unused or (part == "mouth" and settings.mouth == "off"):
            continue
        found = status(asset, settings.models / asset.folder)
        hint = "" if found.state == "ok" else "；补上：.venv/bin/xiangyin models"
        yield Finding(asset.title, found.state == "ok", f"{found.detail}{hint}")
    spec = find_spec("zhplot")
    font = Path(spec.origin).parent / "fonts" / "NotoSansSC-Regular.ttf" if spec and spec.origin else None
    there = font is not None and font.exists()
    yield Finding("图上的汉字", there, "有字体 / font there" if there else "没有字体，价格图画不出；补上：make setup")
