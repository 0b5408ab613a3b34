"""Every document of tests/warnings/documents ends as expected.yaml says."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge_base.warnings.alert import Alert, AlertRefused, MsgType, Status
from knowledge_base.warnings.cap import read_cap
from knowledge_base.warnings.cap_write import write_cap
from knowledge_base.warnings.refused import sentences

HERE = Path(__file__).parent
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load((HERE / "expected.yaml").read_text(encoding="utf-8"))
ACCEPTED = [name for name, row in EXPECTED.items() if row["outcome"] == "accepted"]
REFUSED = [name for name, row in EXPECTED.items() if row["outcome"] == "refused"]


def document(name: str) -> bytes:
    """The bytes to read."""
    data = (HERE / "documents" / f"{name}.xml").read_bytes()
    row = EXPECTED[name]
    data = data.replace(b"  <info>", b"<info/>" * row.get("repeat_infos", 0) + b"  <info>", 1)
    return data.ljust(row.get("pad", 0))


def test_every_document_is_expected() -> None:
    """Nothing lies about untested, and there is enough of everything."""
    assert {path.stem for path in (HERE / "documents").iterdir()} == set(EXPECTED)
    assert len(ACCEPTED) >= 30
    assert len(REFUSED) >= 60


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name: str) -> None:
    """What is expected of it is in the alert, and writing and reading it again gives the same."""
    row = EXPECTED[name]
    alert = read_cap(document(name))
    assert (alert.colour.name.lower() if alert.colour else None) == row["colour"]
    assert alert.hazard == row["hazard"]
    assert alert.status is Status(row.get("status", "Actual"))
    assert alert.msg_type is MsgType(row.get("type", alert.msg_type))
    for field, value in row.items():
        if field not in {"outcome", "colour", "hazard", "status", "type"}:
            assert READ[field](alert) == (datetime.fromisoformat(value) if field == "expires" and value else value), (
                field
            )
    assert read_cap(write_cap(alert)) == alert


READ = {
    "codes": lambda alert: list(alert.area_codes),
    "references": lambda alert: len(alert.references),
    "polygons": lambda alert: len(alert.polygons),
    "circles": lambda alert: len(alert.circles),
    "expires": lambda alert: alert.expires,
    "office": lambda alert: alert.office,
    "description": lambda alert: alert.main.description,
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    """It is refused for the reason that is expected, with a sentence that says where."""
    row = EXPECTED[name]
    with pytest.raises(AlertRefused) as refused:
        read_cap(document(name))
    assert refused.value.reason == row["reason"], str(refused.value)
    assert refused.value.where == row.get("where", refused.value.where)
    assert refused.value.sentence.startswith(sentences()[row["reason"]])
    assert refused.value.where in refused.value.sentence


def test_everything_is_kept() -> None:
    """No field of a full document is lost."""
    alert: Alert = read_cap(document("polygon_and_circle"))
    (area,) = alert.areas
    assert (area.altitude, area.ceiling) == (1200.0, 3000.5)
    assert alert.circles[0].radius == 12.5
    private = read_cap(document("private_addresses"))
    assert private.addresses == ("yingji@pingchuan", "青石镇 值班室")
    resource = read_cap(document("with_resource")).infos[0].resources[0]
    assert (resource.size, resource.uri) == (20480, "http://127.0.0.1/radar.png")
