"""A turn as the command line's JSON: a stable output that other tools read."""

from typing import Any

from dialogs.listening import Hearing
from dialogs.messages import Reply, Turn
from nlu.understanding import Understanding


def turn_record(text: str, turn: Turn, seconds: float) -> dict[str, Any]:
    """One JSON object for a turn; several replies become one: texts joined, the kind of the last."""
    said = turn.understanding or Understanding(text, text, "", 0.0)
    last = turn.replies[-1]
    return {
        "text": text,
        "normalized": said.normalized,
        "intent": said.intent or None,
        "confidence": round(said.confidence, 4),
        "entities": [{"kind": e.kind, "text": e.text, "standard": e.standard} for e in said.entities],
        "kind": str(last.kind),
        "subject": next((reply.subject for reply in turn.replies if reply.subject), None),
        "reply": "\n\n".join(part for reply in turn.replies for part in (reply.text, reply.detail) if part),
        "spoken": "".join(reply.spoken for reply in turn.replies),
        "choices": [{"id": c.id, "label": c.label} for reply in turn.replies for c in reply.choices],
        "sources": [source for reply in turn.replies for source in _sources(reply)],
        "took_ms": round(seconds * 1000, 1),
    }


def hearing_record(hearing: Hearing | None) -> dict[str, Any]:
    """What `xiangyin hear` adds; nulls for a recording that could not be heard."""
    if hearing is None:
        return {"heard": None, "alternatives": [], "corrected": None, "changes": [], "doubt": []}
    return {
        "heard": hearing.heard,
        "alternatives": list(hearing.alternatives),
        "corrected": hearing.corrected,
        "changes": [{"heard": change.heard, "meant": change.meant} for change in hearing.changes],
        "doubt": list(hearing.doubt or ()),
    }


def _sources(reply: Reply) -> list[dict[str, str | None]]:
    return [
        {
            "title": f"{s.title} {s.article}" if s.article else s.title,
            "publisher": s.publisher,
            "date": s.date.isoformat(),
            "url": s.url,
        }
        for s in reply.sources
    ]
