"""Writes docs/settings.md from the settings themselves; a test compares the two."""

import sys
from pathlib import Path

from pydantic import SecretStr

from bot.settings import ROOT, Settings

PAGE = ROOT / "docs" / "settings.md"
HEAD = """# Settings

From the environment, or from a file `.env` beside the program. Every one has a default that works on a fresh machine; an empty value is as none.
Secrets come from here only; they are never logged. This page is made from the code: `.venv/bin/python deploy/reference.py`.

| Setting | Default | What it is |
|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = []
    for name, setting in Settings.model_fields.items():
        default = setting.default
        if isinstance(default, SecretStr):
            shown = "empty, secret"
        elif isinstance(default, Path):
            shown = f"`{default.relative_to(ROOT)}`"
        else:
            shown = f"`{default}`" if default not in {"", None} else "empty"
        rows.append(f"| `XIANGYIN_{name.upper()}` | {shown} | {setting.description} |\n")
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    sys.stdout.write(f"{PAGE}\n")
