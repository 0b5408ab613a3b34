"""Whether a pesticide may still be used: answered from the list of banned and restricted products, with announcement and date."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from dialogs.answer import feedback_choices
from dialogs.context import Context
from dialogs.messages import Choice, Reply, ReplyKind, Source
from dialogs.wording import wording
from knowledge_base.banned import BannedList, Product
from knowledge_base.library import Library
from knowledge_base.safety import PesticideGate

SUBJECT = "pesticide.banned"
"""The entry on the whole list, which a product's own answer stands for."""
DATA = Path(__file__).with_name("pesticide.yaml")
MOST = 3


class Pesticides:
    """Answers what the list says of the products that a sentence names."""

    def __init__(self, banned: BannedList, gate: PesticideGate, library: Library) -> None:
        self._banned = banned
        self._gate = gate
        self._library = library

    async def reply(self, context: Context) -> list[Reply] | None:
        """The list's word on the products named; None where none is listed, or the question is about something else.

        A product that may not be used on the crop named, or nowhere, is never left to another answer, unless
        the matter is a legal one.
        """
        said = context.said
        today = context.now.date()
        products = list(dict.fromkeys(self._gate.named(said.text) + self._gate.named(said.normalized)))[:MOST]
        whether = any(word in said.text or word in said.normalized for word in _asks_whether())
        barred = [product for product in products if self._barred(product, context.crops, today)]
        if not products or not (whether or (barred and said.intent != "legal")):
            return None
        told = products if whether else barred
        context.session.turn_to(said, SUBJECT)
        text = "\n".join(self._verdict(product, context.crops, today) for product in told)
        titles = await self._library.titles([SUBJECT])
        return [
            Reply(
                kind=ReplyKind.ANSWER,
                text=text,
                spoken=text,
                subject=SUBJECT,
                choices=(
                    *(Choice(f"s:{key}", title) for key, title in titles.items()),
                    *feedback_choices(SUBJECT),
                ),
                sources=tuple(
                    Source(product.announcement, wording().text("pesticide.publisher"), product.since)
                    for product in told
                ),
            )
        ]

    def _barred(self, product: Product, crops: Sequence[str], today: date) -> bool:
        if not product.crops:
            return self._banned.applies(product, None, today)
        return any(self._banned.applies(product, crop, today) for crop in crops)

    def _verdict(self, product: Product, crops: Sequence[str], today: date) -> str:
        names = self._banned.group_names
        say = wording()
        also = "、".join(alias for alias in product.aliases if not alias.isascii())
        values = {
            "name": product.name + (say.text("pesticide.also", names=also) if also else ""),
            "announcement": product.announcement,
            "day": say.text(
                "pesticide.day", **{part: str(getattr(product.since, part)) for part in ("year", "month", "day")}
            ),
            "crops": "、".join(names.get(crop, crop) for crop in product.crops),
        }
        barred = "、".join(crop for crop in crops if self._banned.applies(product, crop, today))
        if today < product.since:
            verdict = "pesticide.coming" if product.crops else "pesticide.coming_everywhere"
        elif not product.crops:
            verdict = "pesticide.banned"
        elif barred:
            verdict = "pesticide.barred"
        else:
            verdict = "pesticide.not_listed" if crops else "pesticide.restricted"
        return say.text(verdict, crop=barred or "、".join(crops), **values)


@cache
def _asks_whether() -> tuple[str, ...]:
    return tuple(yaml.safe_load(DATA.read_text("utf-8"))["asks_whether"])
