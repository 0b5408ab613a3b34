"""Small curated entries for tests."""

from typing import Any

from knowledge_base.entry import Entry

_ROW: dict[str, Any] = {
    "key": "maize.borer",
    "title": "玉米螟",
    "kind": "agronomy",
    "crop": "玉米",
    "problem": "玉米螟",
    "aliases": ["钻心虫", "箭秆虫"],
    "symptoms": ["秆里有虫", "茎秆折断", "叶上一排虫眼"],
    "asks": ["玉米秆里有虫咋办", "秆子钻空了一刮就断", "玉米秆上有虫眼往外掉沫子", "钻心虫咋治", "玉米棒子里有虫子"],
    "spoken": "玉米秆上有虫眼，往外冒虫屎，多半是玉米螟。心叶期就要治。",
    "answer": {
        "recognise": ["秆上有蛀孔，孔口有虫屎。"],
        "do_now": ["心叶期打药，用量看标签。"],
        "avoid": ["别等抽雄以后才治。"],
        "ask_person": ["拿不准就找农技站。"],
    },
    "sources": [{"title": "玉米螟防治技术", "publisher": "全国农业技术推广服务中心", "date": "2024-03-01"}],
    "follow_ups": ["maize.armyworm"],
    "sample": True,
    "written_by": "作者",
}


def entry_row(**changes: object) -> dict[str, Any]:
    """A content row that is in order, with changes."""
    return {**_ROW, **changes}


def entry(**changes: object) -> Entry:
    """An entry that is in order, with changes."""
    return Entry.model_validate(entry_row(**changes))
