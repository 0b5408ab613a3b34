"""`xiangyin ask`, `talk`, `hear` as processes: the JSON that other tools read."""

import json
import subprocess
import sys
import wave
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.needs_rasa, pytest.mark.timeout(900)]

CLIPS = Path(__file__).parents[1] / "clips"
KEYS = [
    "text", "normalized", "intent", "confidence", "entities", "kind", "subject", "reply", "spoken", "choices", "sources",
    "took_ms",
]  # fmt: skip
FLAGSHIP = "玉米叶子上有好多洞，长虫了咋整"


def xiangyin(*arguments: str, stdin: str = "") -> list[dict[str, Any]]:
    """The records that a command prints; nothing else may be on its standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
        timeout=800,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_ask_answers_each_line_in_a_conversation_of_its_own() -> None:
    odd = ["", "😀", "<b>玉米</b>", "'; DROP TABLE entries; --", "玉" * 10_000, "\x01\x02"]
    records = xiangyin("ask", "--json", "--now", "2026-11-22T09:00", stdin="\n".join([FLAGSHIP, "洋芋", *odd]) + "\n")
    assert len(records) == 2 + len(odd)
    for record in records:
        assert list(record) == KEYS
        assert record["kind"] in {"answer", "ask", "confirm", "booked", "cancelled", "handoff", "refuse", "info"}
        assert record["reply"]
        assert record["took_ms"] >= 0
    first = records[0]
    assert (first["intent"], first["kind"], first["subject"]) == ("agronomy", "answer", "maize.fall_armyworm")
    assert {"kind": "crop", "text": "玉米", "standard": "玉米"} in first["entities"]
    assert set(first["sources"][0]) == {"title", "publisher", "date", "url"}
    assert first["normalized"] != first["text"]
    assert 0.3 < first["confidence"] <= 1
    assert records[1]["subject"] is None, "a fresh conversation remembers no question before it"


def test_talk_is_one_conversation_with_a_clock_and_persons() -> None:
    lines = ["晚疫病咋治", "洋芋", "@user li", "洋芋", "@user 1", "@now 2026-11-25T09:00", "晚疫病咋治"]
    records = xiangyin("talk", "--json", "--now", "2026-11-22T09:00", stdin="\n".join(lines) + "\n")
    assert [list(record) for record in records] == [[*KEYS, "slots"]] * 4
    assert [record["kind"] for record in records][:2] == ["ask", "answer"]
    assert records[1]["subject"] == "potato.late_blight"
    assert records[2]["subject"] is None, "another person's conversation"
    assert records[3]["kind"] == "ask", "three days later the crop is asked for anew"


@pytest.mark.needs_ear
def test_hear_adds_what_was_heard_and_survives_bad_files(tmp_path: Path) -> None:
    (tmp_path / "empty.ogg").touch()
    (tmp_path / "broken.ogg").write_bytes(b"no sound at all" * 50)
    with wave.open(str(tmp_path / "silence.wav"), "wb") as silence:
        silence.setnchannels(1)
        silence.setsampwidth(2)
        silence.setframerate(16_000)
        silence.writeframes(bytes(64_000))
    with (tmp_path / "huge.wav").open("wb") as huge:
        huge.truncate(100_000_000)
    files = [
        CLIPS / "flagship.ogg",
        *(tmp_path / name for name in ("empty.ogg", "broken.ogg", "silence.wav", "huge.wav")),
    ]
    records = xiangyin("hear", "--json", *map(str, files))
    assert len(records) == len(files)
    heard = records[0]
    assert heard["subject"] == "maize.fall_armyworm"
    assert heard["heard"]
    assert heard["corrected"] == heard["text"]
    assert isinstance(heard["alternatives"], list)
    for record in records[1:]:
        assert (record["kind"], record["heard"], record["corrected"]) == ("info", None, None)
        assert record["reply"]
    assert len({record["reply"] for record in records[1:]}) == 4, "each failure has its own sentence"
