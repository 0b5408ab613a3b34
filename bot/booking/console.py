"""The console's pages on bookings, put together."""

from collections.abc import Sequence

from fastapi import APIRouter

from bot.booking import pages_bookings, pages_providers
from bot.booking.desk import BookingDesk
from bot.booking.overview import Overview
from bot.booking.parts import Booking
from bot.booking.provider_form import ProviderForm
from bot.language import Language
from bot.place_names import PlaceNames
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.kit import Kit
from knowledge_base.store import Store
from nlu.words import Words


def booking_pages(kit: Kit, store: Store, parts: Booking, language: Language, audit: Audit) -> Sequence[APIRouter]:
    """Providers and machines; bookings, the week and complaints."""
    places = language.places
    named = PlaceNames(places.code, places.full_name)
    form = ProviderForm(named, lambda word: crop_named(language.words, word))
    desk = BookingDesk(store, parts, audit)
    return (
        pages_providers.routes(kit, desk, form),
        pages_bookings.routes(kit, Overview(store), desk, places.full_name),
    )


def crop_named(words: Words, word: str) -> str | None:
    """The standard name of the crop that a word means: 麦子 is 小麦."""
    known = words.term(word)
    for term in [*([known] if known else []), *(reading.term for reading in words.readings.get(word, ()))]:
        if term.kind == "crop":
            return term.standard
    return None
