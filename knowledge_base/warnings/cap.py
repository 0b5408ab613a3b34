"""Reading CAP 1.2 strictly: what does not follow the standard is refused with a reason, nothing is guessed, nothing is lost."""

from lxml import etree

from knowledge_base.warnings.alert import (
    Alert,
    AlertRefused,
    Area,
    Category,
    Certainty,
    Info,
    MsgType,
    Resource,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from knowledge_base.warnings.document import MAX_BYTES, read_document
from knowledge_base.warnings.part import Part, Rule
from knowledge_base.warnings.values import (
    read_circle,
    read_language,
    read_list,
    read_name,
    read_number,
    read_polygon,
    read_references,
    read_time,
)

CAP = "urn:oasis:names:tc:emergency:cap:1.2"
_FAMILY = ("urn:oasis:names:tc:emergency:cap:", "http://www.incident.com/cap/")
DSIG = "http://www.w3.org/2000/09/xmldsig#"
_IDS = frozenset({"Id", "ID", "id", "{http://www.w3.org/XML/1998/namespace}id"})
"""What a signature may point at."""
_MAY, _MUST, _MANY = Rule(), Rule(1), Rule(0, None)
_SHORT, _NOTE, _LONG = Rule(1, longest=200), Rule(longest=5_000), Rule(longest=20_000)
_SHAPE = Rule(0, None, 300_000)
_ALERT = {
    "identifier": _SHORT,
    "sender": _SHORT,
    "sent": _MUST,
    "status": _MUST,
    "msgType": _MUST,
    "source": _MAY,
    "scope": _MUST,
    "restriction": _NOTE,
    "addresses": _LONG,
    "code": _MANY,
    "note": _LONG,
    "references": _LONG,
    "incidents": _LONG,
    "info": Rule(0, 50),
}
_INFO = {
    "language": _MAY,
    "category": Rule(1, None),
    "event": _MUST,
    "responseType": _MANY,
    "urgency": _MUST,
    "severity": _MUST,
    "certainty": _MUST,
    "audience": _NOTE,
    "eventCode": _MANY,
    "effective": _MAY,
    "onset": _MAY,
    "expires": _MAY,
    "senderName": _MAY,
    "headline": _MAY,
    "description": _LONG,
    "instruction": _LONG,
    "web": Rule(longest=2_000),
    "contact": _NOTE,
    "parameter": _MANY,
    "resource": _MANY,
    "area": _MANY,
}
_RESOURCE = {
    "resourceDesc": _MUST,
    "mimeType": _MUST,
    "size": _MAY,
    "uri": Rule(longest=2_000),
    "derefUri": Rule(longest=MAX_BYTES),
    "digest": _MAY,
}
_AREA = {
    "areaDesc": Rule(1, longest=5_000),
    "polygon": _SHAPE,
    "circle": _MANY,
    "geocode": _MANY,
    "altitude": _MAY,
    "ceiling": _MAY,
}
_NAMED = {"valueName": _MUST, "value": Rule(1, longest=5_000)}


def read_cap(data: bytes, *, max_bytes: int = MAX_BYTES) -> Alert:
    """The warning in a CAP 1.2 document. Raises `AlertRefused`, and nothing else.

    Children may stand in any order. An optional element that is empty counts as missing. A signature is passed over here:
    signature.py checks it.
    """
    return read_alert(read_document(data, max_bytes=max_bytes))


def read_alert(root: etree._Element) -> Alert:
    """The warning in an element that `read_document` has made. Raises `AlertRefused`."""
    name = etree.QName(root)
    if name.namespace != CAP:
        older = (name.namespace or "").startswith(_FAMILY)
        raise AlertRefused("namespace_version" if older else "namespace", detail=repr(name.namespace))
    if name.localname != "alert":
        raise AlertRefused("root", detail=name.localname)
    part = Part(root, "alert", _ALERT, namespace=CAP, ignored=DSIG, allowed=_IDS)
    infos = tuple(_info(element, where) for element, where in part.elements("info"))
    alert = Alert(
        identifier=read_name(part.required("identifier"), part.at("identifier")),
        sender=read_name(part.required("sender"), part.at("sender")),
        sent=read_time(part.required("sent"), part.at("sent")),
        status=part.choice("status", Status),
        msg_type=part.choice("msgType", MsgType),
        scope=part.choice("scope", Scope),
        source=part.text("source"),
        restriction=part.text("restriction"),
        addresses=read_list(part.text("addresses") or "", part.at("addresses")),
        codes=tuple(part.texts("code")),
        note=part.text("note"),
        references=read_references(part.text("references") or "", part.at("references")),
        incidents=read_list(part.text("incidents") or "", part.at("incidents")),
        infos=infos,
    )
    check_alert(alert)
    return alert


def check_alert(alert: Alert) -> None:
    """The rules that tie fields together. Raises `AlertRefused`."""
    if alert.msg_type is not MsgType.ALERT and not alert.references:
        raise AlertRefused("references_missing", "alert/references")
    itself = any((one.sender, one.identifier) == (alert.sender, alert.identifier) for one in alert.references)
    if alert.msg_type is not MsgType.ALERT and itself:
        raise AlertRefused("reference_self", "alert/references")
    if alert.scope is Scope.PRIVATE and not alert.addresses:
        raise AlertRefused("addresses_missing", "alert/addresses")
    if alert.scope is Scope.RESTRICTED and not alert.restriction:
        raise AlertRefused("restriction_missing", "alert/restriction")
    says = alert.msg_type in {MsgType.ALERT, MsgType.UPDATE}
    if says and alert.status in {Status.ACTUAL, Status.EXERCISE} and not alert.infos:
        raise AlertRefused("info_missing", "alert/info")
    for number, info in enumerate(alert.infos, 1):
        begin = max(info.effective or alert.sent, alert.sent)
        if says and info.expires is not None and info.expires <= begin:
            raise AlertRefused("time_order", f"alert/info[{number}]/expires", f"{info.expires} <= {begin}")


def _info(element: etree._Element, where: str) -> Info:
    part = Part(element, where, _INFO, namespace=CAP)
    moments = {
        name: read_time(text, part.at(name)) if (text := part.text(name)) else None
        for name in ("effective", "onset", "expires")
    }
    return Info(
        language=read_language(part.text("language"), part.at("language")),
        categories=part.choices("category", Category),
        event=part.required("event"),
        response_types=part.choices("responseType", ResponseType),
        urgency=part.choice("urgency", Urgency),
        severity=part.choice("severity", Severity),
        certainty=part.choice("certainty", Certainty),
        audience=part.text("audience"),
        event_codes=_named(part, "eventCode"),
        **moments,
        sender_name=part.text("senderName"),
        headline=part.text("headline"),
        description=part.text("description"),
        instruction=part.text("instruction"),
        web=part.text("web"),
        contact=part.text("contact"),
        parameters=_named(part, "parameter"),
        resources=tuple(_resource(child, at) for child, at in part.elements("resource")),
        areas=tuple(_area(child, at) for child, at in part.elements("area")),
    )


def _resource(element: etree._Element, where: str) -> Resource:
    part = Part(element, where, _RESOURCE, namespace=CAP)
    size = part.text("size")
    if size is not None and not (size.isascii() and size.isdigit() and len(size) < 16):
        raise AlertRefused("number", part.at("size"), repr(size[:40]))
    return Resource(
        resource_desc=part.required("resourceDesc"),
        mime_type=part.required("mimeType"),
        size=None if size is None else int(size),
        uri=part.text("uri"),
        deref_uri=part.text("derefUri"),
        digest=part.text("digest"),
    )


def _area(element: etree._Element, where: str) -> Area:
    part = Part(element, where, _AREA, namespace=CAP)
    heights = {
        name: read_number(text, part.at(name)) if (text := part.text(name)) else None
        for name in ("altitude", "ceiling")
    }
    if heights["ceiling"] is not None and (heights["altitude"] is None or heights["ceiling"] < heights["altitude"]):
        raise AlertRefused("ceiling", part.at("ceiling"))
    return Area(
        area_desc=part.required("areaDesc"),
        polygons=tuple(read_polygon(text, part.at("polygon", at)) for at, text in enumerate(part.texts("polygon"), 1)),
        circles=tuple(read_circle(text, part.at("circle", at)) for at, text in enumerate(part.texts("circle"), 1)),
        geocodes=_named(part, "geocode"),
        **heights,
    )


def _named(part: Part, name: str) -> tuple[tuple[str, str], ...]:
    """The valueName and value of every child of this name."""
    pairs = (Part(element, where, _NAMED, namespace=CAP) for element, where in part.elements(name))
    return tuple((pair.required("valueName"), pair.required("value")) for pair in pairs)
