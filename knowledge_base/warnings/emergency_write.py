"""Writing the XML of the emergency broadcasting system, the form that emergency.py describes. Severity 1 is RED."""

from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from knowledge_base.warnings.alert import Alert, AlertRefused, Colour, Info, MsgType, Scope, Status
from knowledge_base.warnings.emergency import BEIJING, CANCEL, COLOURS, DRILLS, LIVE, TIME, check_id, read_ebd
from knowledge_base.warnings.hazards import hazards

PLATFORM_DIGITS = 18
_LEVELS: dict[Colour | None, str] = {colour: level for level, colour in COLOURS.items()}


def write_ebd(
    alert: Alert, *, platform: str, sequence: int, at: datetime, to: Sequence[str] = (), related: str | None = None
) -> bytes:
    """The document, UTF-8. Raises `AlertRefused` for what the form cannot say truly.

    `platform` is this platform's 18 digits and `sequence` (0 to 9999) counts its messages of the day; they make the EBMID
    unless the alert came with one. `at` is the time of this packet, `to` the stations it is for. `related` is the EBMID
    that was given to the updated or cancelled message, unless the alert refers to it by that number. Only the Chinese
    part and its administrative codes can be said: polygons, circles and attachments stay behind.
    """
    if alert.scope is not Scope.PUBLIC:
        raise AlertRefused("ebd_scope", "alert/scope")
    if not (platform.isascii() and platform.isdigit() and len(platform) == PLATFORM_DIGITS):
        raise AlertRefused("ebm_id", "platform", repr(platform[:40]))
    kind = _kind(alert)
    day = f"{alert.sent.astimezone(BEIJING):%Y%m%d}"
    identifier = alert.identifier if _is_id(alert.identifier) else f"{platform}{day}{sequence:04d}"
    root = etree.Element("EBD")
    _put(root, "EBDVersion", "1.0")
    _put(root, "EBDID", f"{platform}{int(at.timestamp()):012d}{sequence:04d}")
    _put(root, "EBDType", "EBM")
    _put(_put(root, "SRC"), "EBRID", platform)
    if to:
        dest = _put(root, "DEST")
        for station in to:
            _put(dest, "EBRID", station)
    _put(root, "EBDTime", _time(at))
    message = _put(root, "EBM")
    _put(message, "EBMVersion", "1.0")
    _put(message, "EBMID", check_id(identifier, "EBMID"))
    if alert.msg_type is not MsgType.ALERT:
        _put(_put(message, "RelatedInfo"), "EBMID", _related(alert, related))
    try:
        _body(message, alert, kind)
        data = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    except ValueError:
        raise AlertRefused("characters") from None
    read_ebd(data)
    return data


def _kind(alert: Alert) -> str:
    """The MsgType. A test, a system message and a draft have none: they must not sound from a loudspeaker at all."""
    if alert.status not in {Status.ACTUAL, Status.EXERCISE}:
        raise AlertRefused("ebd_status", "alert/status", alert.status)
    if alert.msg_type is MsgType.CANCEL:
        return CANCEL
    if alert.msg_type not in {MsgType.ALERT, MsgType.UPDATE}:
        raise AlertRefused("ebd_status", "alert/msgType", alert.msg_type)
    if alert.status is Status.ACTUAL:
        return LIVE
    given = [value for info in alert.infos for name, value in info.parameters if name == "MsgType" and value in DRILLS]
    return given[0] if given else DRILLS[0]


def _related(alert: Alert, related: str | None) -> str:
    known = [reference.identifier for reference in alert.references if _is_id(reference.identifier)]
    if related is None and not known:
        raise AlertRefused("ebd_related", "alert/references")
    return check_id(related or known[-1], "related")


def _body(message: etree._Element, alert: Alert, kind: str) -> None:
    info = alert.main
    if info is not None and not info.chinese:
        raise AlertRefused("ebd_language", "alert/info/language", info.language)
    basic = _put(message, "MsgBasicInfo")
    _put(basic, "MsgType", kind)
    _put(basic, "SenderName", alert.office)
    _put(basic, "SenderCode", alert.sender)
    _put(basic, "SendTime", _time(alert.sent))
    _put(basic, "EventType", _event_type(alert))
    _put(basic, "Severity", _LEVELS[alert.colour])
    if info is None:
        return
    _put(basic, "StartTime", _time(info.effective or alert.sent))
    if alert.expires is not None:
        _put(basic, "EndTime", _time(alert.expires))
    _content(_put(message, "MsgContent"), alert, info)


def _content(content: etree._Element, alert: Alert, info: Info) -> None:
    if not alert.area_codes:
        raise AlertRefused("area_code", "alert/info/area/geocode")
    _put(content, "LanguageCode", "zho")
    _put(content, "MsgTitle", info.headline or info.event)
    words = (info.description, info.instruction)
    _put(content, "MsgDesc", "\n".join(part for part in words if part) or info.headline or info.event)
    _put(content, "AreaCode", ",".join(alert.area_codes))


def _event_type(alert: Alert) -> str:
    """The national event code: the one the alert has, or the first of its hazard; 00000 when there is none."""
    given = [value for info in alert.infos for _, value in info.event_codes]
    known = {code for hazard in hazards().values() for code in hazard.codes}
    of_hazard = hazards()[alert.hazard].codes if alert.hazard else ()
    return next((code for code in (*given, *of_hazard) if code in known), "00000")


def _is_id(text: str) -> bool:
    try:
        check_id(text, "")
    except AlertRefused:
        return False
    return True


def _time(moment: datetime) -> str:
    return moment.astimezone(BEIJING).strftime(TIME)


def _put(element: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(element, name)
    child.text = text
    return child
