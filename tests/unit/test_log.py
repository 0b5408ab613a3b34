"""Logs: nothing that a person said is in them, not even when something breaks while it is worked on."""

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.log import set_up_logging
from knowledge_base.store import Store

SAID = "俺家的私事"


@pytest.mark.parametrize("terminal", [True, False])
async def test_a_traceback_shows_no_words(
    terminal: bool, store: Store, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    set_up_logging("INFO")
    said = SAID
    try:
        async with store.session() as session:
            await session.execute(text("SELECT * FROM nowhere WHERE said = :said"), {"said": said})
    except SQLAlchemyError:
        structlog.get_logger("test").exception("turn failed")
    logged = capsys.readouterr().err
    assert "turn failed" in logged
    assert "no such table" in logged
    assert SAID not in logged
    assert SAID.encode("unicode_escape").decode() not in logged
