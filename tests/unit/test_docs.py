"""The pages name everything there is: settings, commands, endpoints, targets, files."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI

from bot.channels.web.app import create_web
from bot.channels.web.texts import load_texts
from bot.cli import parser
from bot.health import add_health
from deploy.reference import PAGE, page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ALL = "\n".join(path.read_text("utf-8") for path in PAGES)


def test_the_settings_page_is_made_from_the_settings() -> None:
    assert PAGE.read_text("utf-8") == page(), "run .venv/bin/python deploy/reference.py"


def test_every_command_and_option_is_on_a_page() -> None:
    commands = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    for name, command in commands.items():  # type: ignore[union-attr]
        assert f"xiangyin {name}" in ALL
        for action in command._actions:
            for option in action.option_strings:
                assert option in {"-h", "--help"} or option in ALL


def test_every_target_is_on_a_page() -> None:
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert targets
    assert [target for target in targets if f"`{target}`" not in page and f"make {target}" not in page] == []


def test_every_endpoint_is_on_a_page() -> None:
    async def nobody(_: object) -> None:
        raise AssertionError

    app: FastAPI = create_web(nobody, None, load_texts(), "a-secret-of-some-length")  # type: ignore[arg-type]
    add_health(app, None, None)  # type: ignore[arg-type]
    paths = {re.sub(r"\{\w+\}", "{id}", route.path) for route in app.routes if not route.path.startswith("/static")}
    page = re.sub(r"\{\w+\}", "{id}", (ROOT / "docs" / "web.md").read_text("utf-8"))
    assert {"/", "/chat", "/voice", "/healthz"} <= paths
    assert [path for path in paths if f"`{path}`" not in page] == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", re.sub(r"`[^`]*`", "", path.read_text("utf-8"))):
        assert target.startswith("https://") or (path.parent / target).exists(), target
