"""The console's pages on legal consultations, put together."""

from collections.abc import Sequence

from fastapi import APIRouter

from bot.consultation import pages_appointments, pages_consultants
from bot.consultation.consultant_form import ConsultantForm
from bot.consultation.desk import ConsultantDesk
from bot.consultation.diary import Diary
from bot.consultation.legal import Legal
from bot.language import Language
from bot.place_names import PlaceNames
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.kit import Kit
from knowledge_base.store import Store


def consultation_pages(kit: Kit, store: Store, legal: Legal, language: Language, audit: Audit) -> Sequence[APIRouter]:
    """Consultants; the week of their appointments."""
    desk, places = ConsultantDesk(store, legal, audit), language.places
    form = ConsultantForm(PlaceNames(places.code, places.full_name))
    return pages_consultants.routes(kit, desk, form), pages_appointments.routes(kit, desk, Diary(store))
