"""A warning from bytes, whichever of the two formats they are in."""

from lxml import etree

from knowledge_base.warnings import cap
from knowledge_base.warnings.alert import Alert
from knowledge_base.warnings.document import read_document
from knowledge_base.warnings.emergency import read_ebd


def read_alert(data: bytes) -> Alert:
    """The warning in a CAP 1.2 or emergency broadcast document, by its root element. Raises `AlertRefused`."""
    root = read_document(data)
    return read_ebd(data) if etree.QName(root).localname == "EBD" else cap.read_alert(root)
