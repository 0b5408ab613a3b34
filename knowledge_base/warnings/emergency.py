"""Reading the XML of the emergency broadcasting system (EBD with an EBM inside).

The form is known from vendors' code and not from the standard (GD/J 082): everything that depends on it is in this file and in
emergency_write.py. Severity 1 is RED. Times have no offset and are Beijing time. What the form cannot say is `Unknown`.
"""

import re
from datetime import datetime, timedelta, timezone

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
    Resource,
    Scope,
    Severity,
    Status,
    Urgency,
)
from knowledge_base.warnings.cap import check_alert
from knowledge_base.warnings.codes import administrative_code
from knowledge_base.warnings.document import MAX_BYTES, read_document
from knowledge_base.warnings.hazards import hazard_of, hazards
from knowledge_base.warnings.part import Part, Rule
from knowledge_base.warnings.values import YEARS, read_name

BEIJING = timezone(timedelta(hours=8))
TIME = "%Y-%m-%d %H:%M:%S"
AREA_NAME = "行政区划代码"
COLOURS = {"0": None, "1": Colour.RED, "2": Colour.ORANGE, "3": Colour.YELLOW, "4": Colour.BLUE}
SEVERITIES = {
    "0": Severity.UNKNOWN,
    "1": Severity.EXTREME,
    "2": Severity.SEVERE,
    "3": Severity.MODERATE,
    "4": Severity.MINOR,
}
LIVE, CANCEL, DRILLS = "1", "2", ("3", "4", "5")
_LANGUAGES = {"zho": "zh-CN", "chi": "zh-CN", "zh": "zh-CN"}
_ID = re.compile(r"\d{18}(\d{8})\d{4}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_BETWEEN_CODES = re.compile(r"[\s,，;；]+")
_MAY, _MUST, _LONG = Rule(), Rule(1), Rule(1, longest=20_000)
_EBD = {
    "EBDVersion": _MAY,
    "EBDID": _MUST,
    "EBDType": _MUST,
    "SRC": _MUST,
    "DEST": Rule(),
    "EBDTime": _MUST,
    "RelatedEBD": _MAY,
    "EBM": _MAY,
}
_EBM = {"EBMVersion": _MAY, "EBMID": _MUST, "RelatedInfo": _MAY, "MsgBasicInfo": _MUST, "MsgContent": _MAY}
_BASIC = {
    "MsgType": _MUST,
    "SenderName": _MAY,
    "SenderCode": _MAY,
    "SendTime": _MUST,
    "EventType": _MAY,
    "Severity": _MAY,
    "StartTime": _MAY,
    "EndTime": _MAY,
}
_CONTENT = {
    "LanguageCode": _MUST,
    "MsgTitle": _MUST,
    "MsgDesc": _LONG,
    "AreaCode": _LONG,
    "Auxiliary": Rule(0, None),
}
_AUXILIARY = {"AuxiliaryType": _MAY, "AuxiliaryDesc": _MAY, "Size": _MAY, "Digest": _MAY}


def read_ebd(data: bytes, *, max_bytes: int = MAX_BYTES) -> Alert:
    """The warning in an emergency broadcast document. Raises `AlertRefused`, and nothing else.

    MsgType 1 is an Alert, or an Update when RelatedInfo names an earlier message; 2 cancels what RelatedInfo names, or else the
    message of its own EBMID; 3 to 5 are drills and become Exercise, never Actual.
    """
    root = read_document(data, max_bytes=max_bytes)
    name = etree.QName(root)
    if name.localname != "EBD":
        raise AlertRefused("ebd_root", detail=name.localname)
    packet = _part(root, "EBD", _EBD)
    bodies = packet.elements("EBM")
    if packet.required("EBDType") != "EBM" or not bodies:
        raise AlertRefused("ebd_type", packet.at("EBDType"), packet.required("EBDType")[:40])
    source = _part(*packet.elements("SRC")[0], {"EBRID": _MUST})
    return _alert(_part(*bodies[0], _EBM), packet.required("EBDID"), source.required("EBRID"))


def check_id(text: str, where: str) -> str:
    """An EBMID. Raises `AlertRefused`."""
    day_of(text, where)
    return text


def day_of(text: str, where: str) -> datetime:
    """The beginning of the day in an EBMID: all that is known of when a related message was sent."""
    match = _ID.fullmatch(text)
    try:
        if match is None or int(match[1][:4]) not in YEARS:
            raise AlertRefused("ebm_id", where, repr(text[:40]))
        return datetime.strptime(match[1], "%Y%m%d").replace(tzinfo=BEIJING)
    except ValueError:
        raise AlertRefused("ebm_id", where, repr(text[:40])) from None


def _alert(message: Part, packet: str, station: str) -> Alert:
    identifier = check_id(message.required("EBMID"), message.at("EBMID"))
    basic = _part(*message.elements("MsgBasicInfo")[0], _BASIC)
    kind = basic.required("MsgType")
    if kind not in {LIVE, CANCEL, *DRILLS}:
        raise AlertRefused("ebm_type", basic.at("MsgType"), repr(kind[:40]))
    related = _related(message)
    if kind == CANCEL and related in {None, identifier}:
        related, identifier = identifier, f"{identifier}-cancel"
    sender = read_name(basic.text("SenderCode") or station, basic.at("SenderCode"))
    contents = message.elements("MsgContent")
    sent = _time(basic.required("SendTime"), basic.at("SendTime"))
    alert = Alert(
        identifier=identifier,
        sender=sender,
        sent=sent,
        status=Status.EXERCISE if kind in DRILLS else Status.ACTUAL,
        msg_type=MsgType.CANCEL if kind == CANCEL else MsgType.UPDATE if related else MsgType.ALERT,
        scope=Scope.PUBLIC,
        source=station,
        references=(Reference(sender, related, day_of(related, message.at("RelatedInfo"))),) if related else (),
        infos=tuple(_info(basic, _part(*content, _CONTENT), packet) for content in contents),
    )
    check_alert(alert)
    return alert


def _related(message: Part) -> str | None:
    """The EBMID of the message that this one belongs to."""
    for element, where in message.elements("RelatedInfo"):
        part = _part(element, where, {"EBMID": _MAY})
        text = part.text("EBMID")
        return check_id(text, part.at("EBMID")) if text else None
    return None


def _info(basic: Part, content: Part, packet: str) -> Info:
    code = basic.text("EventType")
    title = content.required("MsgTitle")
    hazard = hazards().get(hazard_of((code or "",), (title,)) or "")
    level = basic.text("Severity") or "0"
    if level not in COLOURS:
        raise AlertRefused("ebm_severity", basic.at("Severity"), repr(level[:40]))
    colour = COLOURS[level]
    begin, end = basic.text("StartTime"), basic.text("EndTime")
    language = content.required("LanguageCode").lower()
    if language not in _LANGUAGES:
        raise AlertRefused("ebd_language", content.at("LanguageCode"), repr(language[:40]))
    stated = () if colour is None else (("alertLevel", colour.name.lower()),)
    return Info(
        language=_LANGUAGES[language],
        categories=(hazard.category if hazard else Category.OTHER,),
        event=hazard.name if hazard else title,
        urgency=Urgency.UNKNOWN,
        severity=SEVERITIES[level],
        certainty=Certainty.UNKNOWN,
        event_codes=(("EventType", code),) if code else (),
        effective=_time(begin, basic.at("StartTime")) if begin else None,
        expires=_time(end, basic.at("EndTime")) if end else None,
        sender_name=basic.text("SenderName"),
        headline=title,
        description=content.required("MsgDesc"),
        parameters=(*stated, ("EBDID", packet), ("MsgType", basic.required("MsgType"))),
        resources=tuple(_resource(element, where) for element, where in content.elements("Auxiliary")),
        areas=(_area(content),),
    )


def _area(content: Part) -> Area:
    text = content.required("AreaCode")
    codes = tuple(dict.fromkeys(code for code in _BETWEEN_CODES.split(text) if code))
    for code in codes:
        if len(code) != 12 or administrative_code(AREA_NAME, code) is None:
            raise AlertRefused("area_code", content.at("AreaCode"), repr(code[:40]))
    if not codes:
        raise AlertRefused("area_code", content.at("AreaCode"))
    return Area(", ".join(codes), geocodes=tuple((AREA_NAME, code) for code in codes))


def _resource(element: etree._Element, where: str) -> Resource:
    part = _part(element, where, _AUXILIARY)
    size = part.text("Size") or ""
    return Resource(
        resource_desc=part.text("AuxiliaryDesc") or "Auxiliary",
        mime_type="application/octet-stream",
        size=int(size) if size.isascii() and size.isdigit() and len(size) < 16 else None,
        digest=part.text("Digest"),
    )


def _time(text: str, where: str) -> datetime:
    try:
        if not _TIME.fullmatch(text) or int(text[:4]) not in YEARS:
            raise AlertRefused("ebm_time", where, repr(text[:40]))
        return datetime.strptime(text, TIME).replace(tzinfo=BEIJING)
    except ValueError:
        raise AlertRefused("ebm_time", where, repr(text[:40])) from None


def _part(element: etree._Element, where: str, rules: dict[str, Rule]) -> Part:
    """Vendors add elements of their own: what has no rule here is passed over."""
    return Part(element, where, rules, namespace=etree.QName(element).namespace or "", strict=False)
