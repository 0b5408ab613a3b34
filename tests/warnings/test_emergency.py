"""Emergency-broadcast documents, in and out. Severity 1 is RED there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import etree

from knowledge_base.warnings.alert import (
    Alert,
    AlertRefused,
    Area,
    Category,
    Certainty,
    Colour,
    Info,
    MsgType,
    Reference,
    Scope,
    Severity,
    Status,
    Urgency,
)
from knowledge_base.warnings.emergency import BEIJING, read_ebd
from knowledge_base.warnings.emergency_write import write_ebd

PLATFORM = "610527000000010100"
EBMID = f"{PLATFORM}202607120007"
EARLIER = f"{PLATFORM}202607110003"
SENT = datetime(2026, 7, 12, 0, 10, tzinfo=BEIJING)
AT = datetime(2026, 7, 11, 16, 11, tzinfo=UTC)


def ebd(**changes: str | None) -> bytes:
    """A document; a field given as None is left out."""
    field = {
        "EBDType": "EBM",
        "EBMID": EBMID,
        "Related": None,
        "MsgType": "1",
        "SenderName": "平川县气象台",
        "SenderCode": "61052741600000",
        "SendTime": "2026-07-12 00:10:00",
        "EventType": "11B03",
        "Severity": "2",
        "StartTime": "2026-07-12 00:10:00",
        "EndTime": "2026-07-12 06:00:00",
        "LanguageCode": "zho",
        "MsgTitle": "平川县气象台发布暴雨预警",
        "MsgDesc": "预计未来3小时降雨50毫米以上，请远离河沟。",
        "AreaCode": "610527000000",
        **changes,
    }

    def tag(*names: str) -> str:
        return "".join(f"<{name}>{field[name]}</{name}>" for name in names if field[name] is not None)

    related = f"<RelatedInfo><EBMID>{field['Related']}</EBMID></RelatedInfo>" if field["Related"] else ""
    basic = tag("MsgType", "SenderName", "SenderCode", "SendTime", "EventType", "Severity", "StartTime", "EndTime")
    content = tag("LanguageCode", "MsgTitle", "MsgDesc", "AreaCode")
    auxiliary = (
        "<Auxiliary><AuxiliaryType>2</AuxiliaryType><AuxiliaryDesc>a.mp3</AuxiliaryDesc><Size>12</Size></Auxiliary>"
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
        <EBD><EBDVersion>1.0</EBDVersion><EBDID>6105270000000101000000000000000042</EBDID>{tag("EBDType")}
        <SRC><EBRID>{PLATFORM}</EBRID></SRC><DEST><EBRID>610527103000</EBRID></DEST><EBDTime>2026-07-12 00:10:05</EBDTime>
        <EBM><EBMVersion>1.0</EBMVersion>{tag("EBMID")}{related}<MsgBasicInfo>{basic}</MsgBasicInfo>
        <MsgContent>{content}{auxiliary}</MsgContent><Dispatch><LanguageCode>zho</LanguageCode></Dispatch></EBM></EBD>""".encode()


def alert(colour: Colour | None = Colour.RED, **changes: object) -> Alert:
    level = () if colour is None else (("alertLevel", colour.name.lower()),)
    info = Info(
        event="暴雨",
        categories=(Category.MET,),
        urgency=Urgency.IMMEDIATE,
        severity=Severity.UNKNOWN,
        certainty=Certainty.LIKELY,
        language="zh-CN",
        expires=SENT + timedelta(hours=6),
        sender_name="平川县气象台",
        headline="平川县发布暴雨预警",
        description="雨大。",
        instruction="远离河沟。",
        parameters=level,
        areas=(Area("平川县", geocodes=(("adcode", "610527"), ("adcode", "610528103"))),),
    )
    whole = Alert(
        "61052741600000_20260712001000",
        "61052741600000",
        SENT,
        Status.ACTUAL,
        MsgType.ALERT,
        Scope.PUBLIC,
        infos=(info,),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


BROADCASTS = Path(__file__).parent / "broadcasts"


@pytest.mark.parametrize(
    ("name", "status", "msg_type", "colour", "codes"),
    [
        ("live", Status.ACTUAL, MsgType.ALERT, Colour.RED, ("610527103000", "610527104000")),
        ("drill", Status.EXERCISE, MsgType.ALERT, Colour.RED, ("610527103000", "610527104000")),
        ("cancel", Status.ACTUAL, MsgType.CANCEL, None, ()),
    ],
)
def test_whole_documents(
    name: str, status: Status, msg_type: MsgType, colour: Colour | None, codes: tuple[str, ...]
) -> None:
    read = read_ebd((BROADCASTS / f"{name}.xml").read_bytes())
    assert (read.status, read.msg_type, read.colour, read.area_codes) == (status, msg_type, colour, codes)


COLOURS = [
    ("0", Severity.UNKNOWN, None),
    ("1", Severity.EXTREME, Colour.RED),
    ("2", Severity.SEVERE, Colour.ORANGE),
    ("3", Severity.MODERATE, Colour.YELLOW),
    ("4", Severity.MINOR, Colour.BLUE),
]


@pytest.mark.parametrize(("digit", "severity", "colour"), COLOURS)
def test_severity_in(digit: str, severity: Severity, colour: Colour | None) -> None:
    """The digit decides, also against the title."""
    read = read_ebd(ebd(Severity=digit))
    assert (read.infos[0].severity, read.colour) == (severity, colour)
    title = read_ebd(ebd(Severity=digit, MsgTitle="发布暴雨蓝色预警"))
    assert title.colour == (colour or Colour.BLUE)


@pytest.mark.parametrize(("digit", "severity", "colour"), COLOURS)
def test_severity_out(digit: str, severity: Severity, colour: Colour | None) -> None:
    data = write_ebd(alert(colour), platform=PLATFORM, sequence=7, at=AT)
    assert etree.fromstring(data).findtext(".//Severity") == digit
    assert read_ebd(data).colour == colour


def test_all_that_it_says() -> None:
    read = read_ebd(ebd())
    assert (read.identifier, read.sender, read.source) == (EBMID, "61052741600000", PLATFORM)
    assert (read.status, read.msg_type, read.scope) == (Status.ACTUAL, MsgType.ALERT, Scope.PUBLIC)
    assert read.sent == datetime(2026, 7, 11, 16, 10, tzinfo=UTC)
    assert read.expires == datetime(2026, 7, 11, 22, 0, tzinfo=UTC)
    assert (read.hazard, read.area_codes, read.office) == ("rainstorm", ("610527000000",), "平川县气象台")
    info = read.infos[0]
    assert (info.language, info.event, info.headline) == ("zh-CN", "暴雨", "平川县气象台发布暴雨预警")
    assert info.event_codes == (("EventType", "11B03"),)
    assert (info.resources[0].resource_desc, info.resources[0].size) == ("a.mp3", 12)


@pytest.mark.parametrize(
    ("kind", "related", "status", "does", "refers"),
    [
        ("1", None, Status.ACTUAL, MsgType.ALERT, None),
        ("1", EARLIER, Status.ACTUAL, MsgType.UPDATE, EARLIER),
        ("2", EARLIER, Status.ACTUAL, MsgType.CANCEL, EARLIER),
        ("2", None, Status.ACTUAL, MsgType.CANCEL, EBMID),
        ("2", EBMID, Status.ACTUAL, MsgType.CANCEL, EBMID),
        ("3", None, Status.EXERCISE, MsgType.ALERT, None),
        ("4", None, Status.EXERCISE, MsgType.ALERT, None),
        ("5", EARLIER, Status.EXERCISE, MsgType.UPDATE, EARLIER),
    ],
)
def test_message_types(kind: str, related: str | None, status: Status, does: MsgType, refers: str | None) -> None:
    """A drill is never actual. A cancellation of its own number gets a number of its own, or it would pass for a repetition."""
    read = read_ebd(ebd(MsgType=kind, Related=related))
    assert (read.status, read.msg_type) == (status, does)
    assert [reference.identifier for reference in read.references] == ([refers] if refers else [])
    assert all(reference.identifier != read.identifier for reference in read.references)
    assert all(reference.sender == read.sender for reference in read.references)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"EBDType": "EBDResponse"}, "ebd_type"),
        ({"EBDType": "EBMState"}, "ebd_type"),
        ({"EBMID": EBMID[:-1]}, "ebm_id"),
        ({"EBMID": EBMID + "0"}, "ebm_id"),
        ({"EBMID": f"{PLATFORM}202613450007"}, "ebm_id"),
        ({"EBMID": "x" * 30}, "ebm_id"),
        ({"Related": f"{PLATFORM}222607120007"}, "ebm_id"),
        ({"Related": "12"}, "ebm_id"),
        ({"MsgType": "0"}, "ebm_type"),
        ({"MsgType": "6"}, "ebm_type"),
        ({"MsgType": "\uff11"}, "ebm_type"),
        ({"MsgType": None}, "element_missing"),
        ({"Severity": "5"}, "ebm_severity"),
        ({"Severity": "red"}, "ebm_severity"),
        ({"SendTime": "2026-07-12T00:10:00"}, "ebm_time"),
        ({"SendTime": "2026-07-12 24:10:00"}, "ebm_time"),
        ({"SendTime": "1026-07-12 00:10:00"}, "ebm_time"),
        ({"EndTime": "2026-07-12 00:10:00"}, "time_order"),
        ({"AreaCode": "610527"}, "area_code"),
        ({"AreaCode": "610527000000,99"}, "area_code"),
        ({"AreaCode": ", ,"}, "area_code"),
        ({"AreaCode": "000000000000"}, "area_code"),
        ({"AreaCode": None}, "element_missing"),
        ({"LanguageCode": "eng"}, "ebd_language"),
        ({"SenderCode": "a b"}, "name"),
        ({"MsgTitle": ""}, "element_empty"),
    ],
)
def test_refused_in(changes: dict[str, str | None], reason: str) -> None:
    with pytest.raises(AlertRefused) as refused:
        read_ebd(ebd(**changes))
    assert refused.value.reason == reason


def test_another_document_and_a_doctype_are_refused() -> None:
    with pytest.raises(AlertRefused, match="ebd_root"):
        read_ebd(b"<alert/>")
    with pytest.raises(AlertRefused, match="doctype"):
        read_ebd(ebd().replace(b"<EBD>", b"<!DOCTYPE EBD><EBD>", 1))


def test_several_areas_and_a_namespace() -> None:
    read = read_ebd(
        ebd(AreaCode="610527103000,610528000000 610527103000").replace(b"<EBD>", b'<EBD xmlns="urn:vendor">')
    )
    assert read.area_codes == ("610527103000", "610528000000")


def test_out_and_in() -> None:
    """What the form can say comes back; text of a farmer's instruction goes with the description."""
    data = write_ebd(alert(), platform=PLATFORM, sequence=7, at=AT, to=["610527103000"])
    root = etree.fromstring(data)
    assert root.findtext("EBM/EBMID") == EBMID
    assert len(root.findtext("EBDID") or "") == 34
    assert root.findtext("EBDTime") == "2026-07-12 00:11:00"
    assert root.findtext("DEST/EBRID") == "610527103000"
    assert root.findtext(".//AreaCode") == "610527000000,610528103000"
    assert root.findtext(".//EventType") == "11B03"
    assert root.findtext(".//MsgDesc") == "雨大。\n远离河沟。"
    read = read_ebd(data)
    assert (read.sent, read.expires, read.hazard, read.office) == (
        SENT,
        SENT + timedelta(hours=6),
        "rainstorm",
        "平川县气象台",
    )
    assert read_ebd(write_ebd(read, platform="1" * 18, sequence=1, at=AT)).identifier == EBMID


@pytest.mark.parametrize(
    ("status", "msg_type", "kind"),
    [
        (Status.ACTUAL, MsgType.ALERT, "1"),
        (Status.ACTUAL, MsgType.UPDATE, "1"),
        (Status.ACTUAL, MsgType.CANCEL, "2"),
        (Status.EXERCISE, MsgType.ALERT, "3"),
        (Status.EXERCISE, MsgType.UPDATE, "3"),
    ],
)
def test_message_types_out(status: Status, msg_type: MsgType, kind: str) -> None:
    references = () if msg_type is MsgType.ALERT else (Reference("61052741600000", "cap-number", SENT),)
    given = alert(status=status, msg_type=msg_type, references=references)
    data = write_ebd(given, platform=PLATFORM, sequence=7, at=AT, related=EARLIER)
    assert etree.fromstring(data).findtext(".//MsgType") == kind
    read = read_ebd(data)
    assert (read.status, read.msg_type) == (status, msg_type)
    assert [one.identifier for one in read.references] == ([EARLIER] if references else [])


@pytest.mark.parametrize("kind", ["3", "4", "5"])
def test_a_drill_stays_the_same_drill(kind: str) -> None:
    data = write_ebd(read_ebd(ebd(MsgType=kind)), platform=PLATFORM, sequence=7, at=AT)
    assert etree.fromstring(data).findtext(".//MsgType") == kind


def test_a_cancellation_without_content() -> None:
    given = alert(msg_type=MsgType.CANCEL, references=(Reference("61052741600000", EARLIER, SENT),), infos=())
    read = read_ebd(write_ebd(given, platform=PLATFORM, sequence=7, at=AT))
    assert (read.msg_type, read.infos, read.references[0].identifier) == (MsgType.CANCEL, (), EARLIER)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": Status.TEST}, "ebd_status"),
        ({"status": Status.SYSTEM}, "ebd_status"),
        ({"status": Status.DRAFT}, "ebd_status"),
        ({"msg_type": MsgType.ACK}, "ebd_status"),
        ({"scope": Scope.PRIVATE}, "ebd_scope"),
        ({"msg_type": MsgType.CANCEL}, "ebd_related"),
        ({"infos": (replace(alert().infos[0], areas=()),)}, "area_code"),
        ({"infos": (replace(alert().infos[0], language="en-US"),)}, "ebd_language"),
        ({"infos": (replace(alert().infos[0], headline="雨\x00"),)}, "characters"),
    ],
)
def test_refused_out(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(AlertRefused) as refused:
        write_ebd(alert(**changes), platform=PLATFORM, sequence=7, at=AT)
    assert refused.value.reason == reason


@pytest.mark.parametrize(("platform", "sequence"), [("1" * 17, 1), ("\uff11" * 18, 1), ("1" * 18, 10_000)])
def test_numbers_out(platform: str, sequence: int) -> None:
    with pytest.raises(AlertRefused, match="ebm_id"):
        write_ebd(alert(), platform=platform, sequence=sequence, at=AT)
