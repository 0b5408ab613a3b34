"""Whether a file may be opened at all: an .xlsx is a zip of XML, and neither may be trusted."""

import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.parsers import expat

from knowledge_base.curation.workbook.columns import WorkbookRefused

MAX_BYTES = 10_000_000
MAX_UNPACKED = 64_000_000
"""Bytes of all parts together: ten megabytes of texts come to about half of it."""
MAX_RATIO = 150
"""Texts shrink to a tenth; only what was made to burst shrinks to less than a hundredth."""
MAX_PARTS = 2_000
MAX_ROW = 1_048_576
"""Excel's own limit."""

_OLE = b"\xd0\xcf\x11\xe0"
_WORKSHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_CONTENT_TYPES = "[Content_Types].xml"
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Parcel:
    """What looking through a file has shown: merged ranges by the name of the part that has them."""

    merged: Mapping[str, tuple[str, ...]]


class _Broken(Exception):
    """The XML is not what a workbook has: a document type, or rows out of order."""


def inspect(path: Path, name: str = "") -> Parcel:
    """Look through the file at `path`, called `name` where it came from. Raises `WorkbookRefused` and OSError."""
    size = path.stat().st_size
    if size == 0:
        raise WorkbookRefused("empty")
    if size > MAX_BYTES:
        raise WorkbookRefused("too_large", limit=MAX_BYTES // 1_000_000)
    if name.lower().endswith((".xlsm", ".xltm", ".xlsb")):
        raise WorkbookRefused("macros")
    with path.open("rb") as file:
        if file.read(4) == _OLE:
            raise WorkbookRefused("old_or_locked")
        return _inspect_zip(file)


def _inspect_zip(file: IO[bytes]) -> Parcel:
    try:
        with zipfile.ZipFile(file) as packed:
            return _inspect_parts(packed)
    except zipfile.BadZipFile:
        file.seek(0)
        raise WorkbookRefused("damaged" if file.read(2) == b"PK" else "not_workbook") from None
    except WorkbookRefused:
        raise
    # zipfile and expat meet crafted bytes here; whatever they make of them, the file is not a sound one.
    except Exception:  # noqa: BLE001
        raise WorkbookRefused("damaged") from None


def _inspect_parts(packed: zipfile.ZipFile) -> Parcel:
    parts = packed.infolist()
    names = {part.filename for part in parts}
    unpacked = sum(part.file_size for part in parts)
    if any(part.flag_bits & 1 for part in parts):
        raise WorkbookRefused("old_or_locked")
    bursting = any(part.file_size > MAX_RATIO * max(part.compress_size, 1_000) for part in parts)
    if len(parts) > MAX_PARTS or len(names) < len(parts) or unpacked > MAX_UNPACKED or bursting:
        raise WorkbookRefused("unpacks_too_large")
    if _CONTENT_TYPES not in names or not any(name.lower().startswith("xl/") for name in names):
        raise WorkbookRefused("not_workbook")
    if any("vbaproject" in name.lower() for name in names) or b"macroEnabled" in packed.read(_CONTENT_TYPES):
        raise WorkbookRefused("macros")
    if any(name.lower().startswith("xl/externallinks/") for name in names):
        raise WorkbookRefused("external")
    merged = {}
    for part in parts:
        if part.filename.lower().endswith((".xml", ".rels", ".vml")):
            with packed.open(part) as xml:
                found = _scan(xml, sheet=_WORKSHEET.fullmatch(part.filename) is not None)
            if found:
                merged[part.filename] = found
    return Parcel(merged)


def _scan(xml: IO[bytes], *, sheet: bool) -> tuple[str, ...]:
    """Parse a part without keeping it. Raises `_Broken` and expat's errors."""
    merged: list[str] = []
    last_row = 0
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise _Broken

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal last_row
        local = tag.rpartition(":")[2]
        if local == "row":
            # Out of order or twice, rows would be passed over in silence.
            row = int(attributes.get("r", last_row + 1))
            if not last_row < row <= MAX_ROW:
                raise _Broken
            last_row = row
        elif local == "mergeCell":
            merged.append(attributes["ref"])

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    if sheet:
        parser.StartElementHandler = start
    while chunk := xml.read(_CHUNK):
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return tuple(merged)
