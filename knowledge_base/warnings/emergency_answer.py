"""Reading what a broadcast platform answers: that it has taken a document (EBDResponse), what came of it (EBMStateResponse).

As with emergency.py the form is known from vendors' code: everything that depends on it is here.
"""

from dataclasses import dataclass

from lxml import etree

from knowledge_base.warnings.document import read_document

PENDING, TAKEN = "0", "1"
"""ResultCodes: came and not looked at yet; understood. Everything else is a refusal."""
RESULTS = {"2": "not parsed", "3": "content missing", "4": "signature", "5": "other"}
STATES = {"0": "not begun", "1": "waiting", "2": "playing", "3": "played", "4": "failed", "5": "cancelled"}
"""BrdStateCodes."""
_TEXT = 150


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the platform has done with one of our documents, by its EBDID."""

    ebd_id: str
    code: str
    text: str

    @property
    def accepted(self) -> bool | None:
        """None while it has not looked at it."""
        return None if self.code == PENDING else self.code == TAKEN


@dataclass(frozen=True, slots=True)
class PlayState:
    """How far one broadcast has come, by its EBMID."""

    ebm_id: str
    code: str
    text: str


def read_answer(data: bytes) -> Receipt | PlayState | None:
    """The answer in a document; None for a document of another kind. Raises `AlertRefused` for one that cannot be read."""
    root = read_document(data)
    if etree.QName(root).localname != "EBD":
        return None
    kind = _text(root, "EBDType")
    if kind == "EBDResponse":
        code = _text(root, "EBDResponse", "ResultCode")
        said = _text(root, "EBDResponse", "ResultDesc") or RESULTS.get(code, "")
        return Receipt(_text(root, "RelatedEBD", "EBDID"), code, f"{code} {said}".strip()[:_TEXT])
    if kind in {"EBMStateResponse", "EBMState"}:
        code = _text(root, kind, "BrdStateCode")
        ebm = _text(root, kind, "EBM", "EBMID") or _text(root, kind, "EBMID")
        said = _text(root, kind, "BrdStateDesc") or STATES.get(code, "")
        return PlayState(ebm, code, f"{code} {said}".strip()[:_TEXT])
    return None


def _text(element: etree._Element, *path: str) -> str:
    """The text of the first child of a child by these names, whatever their namespace."""
    for name in path:
        found = next((child for child in element if etree.QName(child).localname == name), None)
        if found is None:
            return ""
        element = found
    return (element.text or "").strip()
