"""The question about weather that a conversation remembers: until its place is told, or for the next one to be short."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from dialogs.context import Context
from dialogs.session import Form, Session
from dialogs.topics.weather_wish import Wish

ACTION = "f"
_WISH = TypeAdapter(Wish)


def form_of(session: Session) -> Form | None:
    """The form of weather, if it is that which is open."""
    return session.form if session.form is not None and session.form.service == ACTION else None


def asking(wish: Wish, now: datetime) -> Form:
    """A question whose place is asked for."""
    return Form(service=ACTION, slots={"wish": _kept(wish)}, asking="place", opened_at=now, touched_at=now)


def remember(context: Context, wish: Wish, place: str | None) -> None:
    """Keep a question that was answered, with its place where that is not the person's; another service's form stays."""
    session, now = context.session, context.now
    if session.form is None or session.form.service == ACTION:
        slots = {"wish": _kept(wish), "place": place}
        session.form = Form(service=ACTION, slots=slots, opened_at=now, touched_at=now)


def remembered(form: Form) -> Wish:
    """The question that a form keeps."""
    return _WISH.validate_python(form.slots["wish"])


def _kept(wish: Wish) -> dict[str, Any]:
    kept: dict[str, Any] = _WISH.dump_python(wish, mode="json")
    return kept
