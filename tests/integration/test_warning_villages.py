"""The county's table of villages."""

from pathlib import Path

import pytest
from sqlalchemy import select

from knowledge_base.store import Store
from knowledge_base.warnings.models import VillageRow
from knowledge_base.warnings.villages import VillagesBroken, read_villages, take_in_villages

HEAD = "code,name,latitude,longitude\n"
FIRST = "410184001001,东村,34.4,113.7\n"


def table(folder: Path, text: str) -> Path:
    path = folder / "villages.csv"
    path.write_text(text, "utf-8-sig")
    return path


async def test_the_store_holds_what_the_table_holds(any_store: Store, tmp_path: Path) -> None:
    first = read_villages(table(tmp_path, HEAD + FIRST + "410184001,镇,34.3,113.6\n"))
    assert await take_in_villages(any_store, first)
    assert not await take_in_villages(any_store, first)
    assert await take_in_villages(any_store, read_villages(table(tmp_path, HEAD + FIRST.replace("34.4", "34.5"))))
    async with any_store.session() as session:
        rows = (await session.scalars(select(VillageRow))).all()
    assert [(row.code, row.name, row.latitude) for row in rows] == [("410184001001", "东村", 34.5)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD + FIRST + FIRST, "line 3: 410184001001 stands there twice"),
        (HEAD + FIRST.replace("34.4", "134.4"), "line 2: latitude"),
        (HEAD + FIRST.replace("113.7", "nan"), "line 2: longitude"),
        (HEAD + FIRST.replace("410184001001", "村"), "line 2: code"),
        ("code,name\n1,x\n", "latitude: Field required"),
    ],
)
def test_what_cannot_be_true_is_refused_with_its_line(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(VillagesBroken, match=why):
        read_villages(table(tmp_path, text))


def test_a_missing_table_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(VillagesBroken, match=r"none\.csv"):
        read_villages(tmp_path / "none.csv")
