"""The XML of WeChat's calls: read without document types, entities or the network, and written."""

from collections.abc import Mapping

from lxml import etree

from knowledge_base.warnings.document import read_document
from knowledge_base.warnings.refused import AlertRefused

MAX_BODY = 100_000
"""Bytes; a call carries no files, one or two kilobytes are usual."""
CONTROLS = bytes(set(range(0x20)) - set(b"\t\n\r"))
Fields = Mapping[str, str]


class Unreadable(Exception):
    """Not the XML of a message."""


def read(data: bytes) -> Fields:
    """The elements of a message by name; what is nested is joined by a full stop. Raises `Unreadable`."""
    try:
        # What people paste may hold control characters, which WeChat passes on though XML has none.
        root = read_document(data.translate(None, CONTROLS), max_bytes=MAX_BODY)
    except AlertRefused as refused:
        raise Unreadable(type(refused).__name__) from None
    if root.tag != "xml":
        raise Unreadable("another document")
    fields: dict[str, str] = {}
    for child in root:
        fields.setdefault(str(child.tag), child.text or "")
        for inner in child:
            fields.setdefault(f"{child.tag!s}.{inner.tag!s}", inner.text or "")
    return fields


def write(fields: Fields) -> bytes:
    """A document with these elements."""
    root = etree.Element("xml")
    for name, text in fields.items():
        etree.SubElement(root, name).text = etree.CDATA(_allowed(text))
    return etree.tostring(root, encoding="unicode").encode()


def text_reply(fields: Fields, text: str, created: int) -> bytes:
    """The reply to a message: one text. `created` in seconds since 1970."""
    return write(
        {
            "ToUserName": fields["FromUserName"],
            "FromUserName": fields["ToUserName"],
            "CreateTime": str(created),
            "MsgType": "text",
            "Content": text,
        }
    )


def _allowed(text: str) -> str:
    """What XML can hold, and nothing that ends a CDATA section."""
    kept = (
        char
        for char in text
        if char in "\t\n" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
    )
    return "".join(kept).replace("]]>", "]] >")
