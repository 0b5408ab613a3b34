"""The safe way from bytes to an XML tree: bounded, without any document type, entity, comment or access to the network.

Bytes are decoded here and not by the XML library, so that what is searched for a DOCTYPE is what is parsed: UTF-8, UTF-16 with
its mark, and GB2312, GBK or GB18030 where the declaration says so.
"""

import codecs
import re

from lxml import etree

from knowledge_base.warnings.refused import AlertRefused

MAX_BYTES = 1_000_000
MAX_ELEMENTS = 10_000
MAX_DEPTH = 32
"""A warning is four levels deep; a signature inside one takes seven."""
_DECLARATION = re.compile(
    r"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:\"1\.0\"|'1\.0')"
    r"(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*[\"'](?P<encoding>[A-Za-z][A-Za-z0-9._-]{0,30})[\"'])?"
    r"(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*[\"'](?:yes|no)[\"'])?[ \t\r\n]*\?>"
)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
}
_ENTITY_FAULTS = {26, 27, 28}
"""libxml2's codes of entities that are not declared."""
_LIMIT_FAULTS = {110, 114}
"""libxml2's codes of names too long and of its other limits, such as the depth."""


def read_document(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element. Raises `AlertRefused`."""
    if len(data) > max_bytes:
        raise AlertRefused("too_big", detail=f"{len(data)} bytes, {max_bytes} allowed")
    text = _text(data)
    if not text.strip():
        raise AlertRefused("empty")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise AlertRefused("doctype")
    if text.count("<") > 2 * MAX_ELEMENTS:
        raise AlertRefused("too_complex", detail="too many elements")
    root = _parse(text.encode())
    _bound(root)
    return root


def _text(data: bytes) -> str:
    """The document without its mark and its XML declaration."""
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", ""))
    body = data[len(mark) :]
    if encoding.startswith("utf-16"):
        text = _decode(body, encoding)
        declaration = _declaration(text)
        if declaration and (declaration["encoding"] or "utf-16").lower() != "utf-16":
            raise AlertRefused("encoding", detail="UTF-16 mark, but another encoding declared")
    else:
        declaration = _declaration(body[:200].decode("latin-1"))
        declared = ((declaration and declaration["encoding"]) or "utf-8").lower()
        if declared not in _DECLARED or (mark and _DECLARED[declared] != encoding):
            raise AlertRefused("encoding", detail=f"declared as {declared}")
        text = _decode(body, _DECLARED[declared])
    return text[declaration.end() :] if declaration else text


def _declaration(text: str) -> re.Match[str] | None:
    match = _DECLARATION.match(text)
    if match is None and text.startswith("<?xml") and text[5:6].isspace():
        raise AlertRefused("not_xml", detail="XML declaration")
    return match


def _decode(body: bytes, encoding: str) -> str:
    try:
        text = body.decode(encoding)
        text.encode()
    except UnicodeError as fault:
        raise AlertRefused("encoding", detail=f"not {encoding}") from fault
    return text


def _parse(data: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=False,
        encoding="utf-8",
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        code = fault.code or 0
        reason = "entity" if code in _ENTITY_FAULTS else "too_complex" if code in _LIMIT_FAULTS else "not_xml"
        raise AlertRefused(reason, detail=str(fault.msg).strip()) from None
    except (etree.LxmlError, ValueError) as fault:
        raise AlertRefused("not_xml", detail=type(fault).__name__) from None


def _bound(root: etree._Element) -> None:
    """Refuses what is deeper or has more elements than a warning can have."""
    level, depth, count = [root], 0, 0
    while level:
        depth += 1
        count += len(level)
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise AlertRefused("too_complex", detail=f"{depth} levels, {count} elements")
        level = [child for element in level for child in element]
