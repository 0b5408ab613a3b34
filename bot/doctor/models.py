"""What is fetched and trained: models of understanding and speech, and the font of the pictures."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from bot.doctor.findings import Finding
from bot.settings import Settings
from nlu.speech.assets import assets, status


def models(settings: Settings) -> Iterator[Finding]:
    """Each asset as it lies there."""
    for asset in assets().values():
        found = status(asset, settings.models / asset.folder)
        hint = "" if found.state == "ok" else "；补上：.venv/bin/xiangyin models"
        yield Finding(asset.title, found.state == "ok", f"{found.detail}{hint}")
    spec = find_spec("zhplot")
    font = Path(spec.origin).parent / "fonts" / "NotoSansSC-Regular.ttf" if spec and spec.origin else None
    there = font is not None and font.exists()
    yield Finding("图上的汉字", there, "有字体 / font there" if there else "没有字体，价格图画不出；补上：make setup")
