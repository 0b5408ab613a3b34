"""docs/warnings.md has every refusal and every hazard, as the data files have them; no reason is unknown or unused."""

import re
from pathlib import Path

from knowledge_base.warnings.hazards import hazards
from knowledge_base.warnings.refused import DETAIL, AlertRefused, sentences

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "warnings.md").read_text(encoding="utf-8")


def rows(first: str) -> list[list[str]]:
    """The rows of the table whose first column has this head."""
    table = PAGE.split(f"| {first} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_every_refusal_is_on_the_page() -> None:
    assert {row[0].strip("`"): row[1] for row in rows("Reason")} == sentences()


def test_every_hazard_is_on_the_page() -> None:
    expected = [
        [
            f"`{hazard.key}`",
            hazard.name,
            ", ".join(hazard.codes) or "-",
            ", ".join(f"`{key}`" for key in hazard.guidance) or "-",
            ", ".join(colour.name.lower() for colour in hazard.colours),
        ]
        for hazard in hazards().values()
    ]
    assert rows("Key") == expected


def test_every_reason_has_a_sentence_and_every_sentence_a_reason() -> None:
    source = "".join(path.read_text("utf-8") for path in (ROOT / "knowledge_base" / "warnings").glob("*.py"))
    assert set(re.findall(r'AlertRefused\(\s*"(\w+)"', source)) <= set(sentences())
    assert [reason for reason in sentences() if f'"{reason}"' not in source] == []


def test_a_refusal_does_not_carry_the_document_along() -> None:
    refused = AlertRefused("time", "alert/sent", "x" * 5_000)
    assert len(refused.detail) == DETAIL
    assert str(refused).startswith("time: alert/sent: xxx")
    assert refused.sentence.endswith("（位置：alert/sent）")
    assert AlertRefused("empty").sentence == sentences()["empty"]
