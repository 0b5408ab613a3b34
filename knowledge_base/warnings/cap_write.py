"""Writing CAP 1.2. What is written has been read back: this product issues nothing that it would refuse itself."""

from lxml import etree

from knowledge_base.warnings.alert import Alert, AlertRefused, Area, Info, Resource
from knowledge_base.warnings.cap import CAP, read_cap
from knowledge_base.warnings.values import (
    write_circle,
    write_list,
    write_number,
    write_polygon,
    write_references,
    write_time,
)


def write_cap(alert: Alert) -> bytes:
    """The document, UTF-8, elements in the standard's order; `read_cap` gives the same alert again.

    Raises `AlertRefused` for an alert that would be refused, or that would not come back the same (a text that begins with a
    blank, a time with fractions of a second).
    """
    root = etree.Element(f"{{{CAP}}}alert", nsmap={None: CAP})
    try:
        _alert(root, alert)
        data = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    except ValueError:
        raise AlertRefused("characters") from None
    if read_cap(data) != alert:
        raise AlertRefused("not_kept")
    return data


def _alert(root: etree._Element, alert: Alert) -> None:
    _put(root, "identifier", alert.identifier)
    _put(root, "sender", alert.sender)
    _put(root, "sent", write_time(alert.sent))
    _put(root, "status", alert.status)
    _put(root, "msgType", alert.msg_type)
    _put(root, "source", alert.source)
    _put(root, "scope", alert.scope)
    _put(root, "restriction", alert.restriction)
    _put(root, "addresses", write_list(alert.addresses) or None)
    for code in alert.codes:
        _put(root, "code", code)
    _put(root, "note", alert.note)
    _put(root, "references", write_references(alert.references) or None)
    _put(root, "incidents", write_list(alert.incidents) or None)
    for info in alert.infos:
        _info(_put(root, "info"), info)


def _info(element: etree._Element, info: Info) -> None:
    _put(element, "language", info.language)
    for category in info.categories:
        _put(element, "category", category)
    _put(element, "event", info.event)
    for response in info.response_types:
        _put(element, "responseType", response)
    _put(element, "urgency", info.urgency)
    _put(element, "severity", info.severity)
    _put(element, "certainty", info.certainty)
    _put(element, "audience", info.audience)
    _put_named(element, "eventCode", info.event_codes)
    for name in ("effective", "onset", "expires"):
        moment = getattr(info, name)
        _put(element, name, None if moment is None else write_time(moment))
    _put(element, "senderName", info.sender_name)
    for name in ("headline", "description", "instruction", "web", "contact"):
        _put(element, name, getattr(info, name))
    _put_named(element, "parameter", info.parameters)
    for resource in info.resources:
        _resource(_put(element, "resource"), resource)
    for area in info.areas:
        _area(_put(element, "area"), area)


def _resource(element: etree._Element, resource: Resource) -> None:
    _put(element, "resourceDesc", resource.resource_desc)
    _put(element, "mimeType", resource.mime_type)
    _put(element, "size", None if resource.size is None else str(resource.size))
    _put(element, "uri", resource.uri)
    _put(element, "derefUri", resource.deref_uri)
    _put(element, "digest", resource.digest)


def _area(element: etree._Element, area: Area) -> None:
    _put(element, "areaDesc", area.area_desc)
    for polygon in area.polygons:
        _put(element, "polygon", write_polygon(polygon))
    for circle in area.circles:
        _put(element, "circle", write_circle(circle))
    _put_named(element, "geocode", area.geocodes)
    for name in ("altitude", "ceiling"):
        height = getattr(area, name)
        _put(element, name, None if height is None else write_number(height))


def _put_named(element: etree._Element, name: str, pairs: tuple[tuple[str, str], ...]) -> None:
    for value_name, value in pairs:
        child = _put(element, name)
        _put(child, "valueName", value_name)
        _put(child, "value", value)


def _put(element: etree._Element, name: str, text: str | None = "") -> etree._Element:
    """A new child; nothing when there is no text to write."""
    if text is None:
        return element
    child = etree.SubElement(element, f"{{{CAP}}}{name}")
    child.text = text or None
    return child
