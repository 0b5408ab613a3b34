"""Feeds of warnings: Atom and RSS whose entries hold a warning or say where it lies."""

from dataclasses import dataclass
from urllib.parse import urljoin

from lxml import etree

from knowledge_base.warnings.alert import AlertRefused
from knowledge_base.warnings.document import read_document

MAX_FEED = 5_000_000
"""Bytes."""
_CAP_TYPES = ("application/cap+xml", "application/common-alerting-protocol+xml")
_RELATIONS = ("alternate", "enclosure", "related")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a `document`, or the `address` of one. `key` is another one when the entry has changed, empty if unknown."""

    key: str
    document: bytes | None = None
    address: str | None = None


def read_feed(data: bytes, base: str) -> list[Entry]:
    """The entries, in their order; a document that is a warning itself is the only one. Raises `AlertRefused`.

    `base` is the feed's own address. Entries without a warning or an address are left out.
    """
    root = read_document(data, max_bytes=MAX_FEED)
    name = etree.QName(root).localname
    if name in {"alert", "EBD"}:
        return [Entry("", data)]
    if name not in {"feed", "rss", "RDF"}:
        raise AlertRefused("feed", detail=name)
    found = (_entry(element, base) for element in root.iter() if _named(element) in {"entry", "item"})
    return [entry for entry in found if entry.document is not None or entry.address is not None]


def _entry(element: etree._Element, base: str) -> Entry:
    named = (_text(element, *names) for names in (("id", "guid"), ("updated", "pubDate", "date")))
    key = " ".join(text for text in named if text)
    for inside in element.iter():
        if inside is not element and _named(inside) in {"alert", "EBD"}:
            return Entry(key, etree.tostring(inside, encoding="utf-8", with_tail=False))
    for child in element:
        text = (child.text or "").strip()
        if _named(child) in {"content", "description", "encoded"} and text.startswith("<") and "alert" in text[:600]:
            return Entry(key, text.encode())
    links = [child for child in element if _named(child) in {"link", "enclosure"}]
    addresses = sorted((rank, number, address) for number, link in enumerate(links) for rank, address in _address(link))
    address = urljoin(base, addresses[0][2]) if addresses else None
    return Entry(f"{key} {address}" if key else "", address=address)


def _address(link: etree._Element) -> list[tuple[int, str]]:
    """The address of a link with its rank: what says that it is a warning comes first. Empty for links to other things."""
    address = link.get("href") or link.get("url") or (link.text or "").strip()
    if not address or link.get("rel", "alternate") not in _RELATIONS:
        return []
    kind = link.get("type", "").split(";")[0].strip().lower()
    if kind in _CAP_TYPES:
        return [(0, address)]
    return [(2 if kind.endswith(("html", "plain")) else 1, address)]


def _text(element: etree._Element, *names: str) -> str:
    return next(((child.text or "").strip() for child in element if _named(child) in names), "")


def _named(element: etree._Element) -> str:
    return etree.QName(element).localname
