"""The curation console over a running system: which areas it has."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI

from bot.app import System, system_clock
from bot.booking.console import booking_pages
from bot.channels.web.page import STATIC
from bot.consultation.console import consultation_pages
from bot.entries import Entries, entries
from bot.markets.market import console_market
from bot.notices.parts import notice_desk
from bot.statistics.console import statistics_pages
from bot.waiting import waiting_questions
from knowledge_base.curation.console import (
    pages_answers,
    pages_entries,
    pages_notices,
    pages_officers,
    pages_prices,
    pages_questions,
    pages_try,
    pages_warnings,
    pages_workbook,
)
from knowledge_base.curation.console.app import Parts, console_parts, create_console
from knowledge_base.curation.console.kit import Kit
from knowledge_base.curation.workbook.exchange import Exchange
from knowledge_base.curation.workbook.exports import Exports
from knowledge_base.curation.workbook.imports import Imports
from knowledge_base.safety import pesticide_gate


def console(system: System, secret: str) -> FastAPI:
    """The console, to be mounted under /console. `secret` signs its sessions."""
    parts = console_parts(system.store, secret, system_clock)
    waiting = waiting_questions(system, parts.audit)
    kept = entries(system, parts.audit)
    kept.workflow.on_published.append(waiting.answers.on_published)
    areas: Sequence[APIRouter] = (
        pages_entries.routes(parts.kit, kept.workflow, kept.catalogue, kept.examinations, waiting.answers.promises),
        pages_questions.routes(parts.kit, waiting),
        pages_answers.routes(parts.kit, waiting),
        _try_box(system, parts.kit),
        _workbooks(system, parts, kept),
        *_warnings(system, parts),
        pages_notices.routes(parts.kit, notice_desk(system.services.notices, system.language.places, parts.audit)),
        _prices(system, parts),
        *booking_pages(parts.kit, system.store, system.services.booking, system.language, parts.audit),
        *consultation_pages(parts.kit, system.store, system.services.legal, system.language, parts.audit),
        *statistics_pages(parts.kit, system.store, system.clusters, system.language.places, system_clock),
    )
    return create_console(parts, areas)


def _try_box(system: System, kit: Kit) -> APIRouter:
    """The try-it box, with the web chat's own recorder and its limits."""
    settings = system.settings
    bounds = {"voice_bytes": settings.voice_max_bytes, "voice_seconds": settings.voice_max_seconds}
    return pages_try.routes(kit, system.trial, STATIC / "recorder.js", **bounds)


def _warnings(system: System, parts: Parts) -> Sequence[APIRouter]:
    """Warnings that staff type, the reports of all, and who is called."""
    desk = system.services.warnings.desk
    return pages_warnings.routes(parts.kit, desk), pages_officers.routes(parts.kit, desk, parts.audit)


def _prices(system: System, parts: Parts) -> APIRouter:
    """Prices; what is uploaded lies in a folder of `home` for an hour."""
    folder, market = system.settings.home / "workbooks" / "prices", system.services.prices.market
    desk = console_market(
        system.store, market, system.language.places, audit=parts.audit, folder=folder, clock=system_clock
    )
    return pages_prices.routes(parts.kit, desk)


def _workbooks(system: System, parts: Parts, kept: Entries) -> APIRouter:
    """Excel; what is uploaded and written lies in a folder of `home` for an hour."""
    folder = system.settings.home / "workbooks"
    exchange = Exchange(
        system.store, kept.workflow, kept.catalogue, gate=pesticide_gate(), audit=parts.audit, clock=system_clock
    )
    exports = Exports(exchange, folder / "out", system_clock)
    imports = Imports(exchange, folder / "in", system_clock)
    return pages_workbook.routes(parts.kit, exports, imports)
