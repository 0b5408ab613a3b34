"""The page of the statistics, and the workbook of the same figures. Operators and reviewers see them; nobody writes."""

import asyncio
from collections.abc import Callable
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from bot.place_names import PlaceNames
from bot.statistics.report import Report, Reports
from bot.statistics.workbook import workbook
from knowledge_base.curation.accounts import Role
from knowledge_base.curation.console.kit import Kit
from knowledge_base.statistics.period import OWN, SPANS, BadPeriod, Period
from knowledge_base.statistics.terms import COUNTY, LEAST

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FOLDED = 10
"""Lines of a table that are shown at once; the rest unfolds."""
SEEN_BY = (Role.OPERATOR, Role.REVIEWER)
BAR, GAP, HIGH = 26, 4, 200
"""Width of an hour's bar and of the space beside it, and the height of the highest, in the chart's own units."""


class BadPlace(Exception):
    """There is no such place, or it is smaller than a county."""


def routes(kit: Kit, reports: Reports, places: PlaceNames) -> APIRouter:
    """Everything below /console/statistics."""
    router = APIRouter(prefix="/statistics", dependencies=[Depends(kit.door.holding(*SEEN_BY))])
    kit.link("/statistics", "statistics.nav", order=70, roles=SEEN_BY)

    @router.get("")
    async def page(request: Request) -> Response:
        asked = {name: request.query_params.get(name, "")[:40] for name in ("span", "from", "to", "place")}
        wrong, status = "", 200
        try:
            report = await _report(kit, reports, places, request)
        except (BadPeriod, BadPlace) as fault:
            wrong, status = _wrong(kit, fault), 422
            report = await reports.of("", Period.asked({}, kit.today))
        if not asked["span"]:
            asked["span"] = OWN if asked["from"] or asked["to"] else "week"
        return kit.page(
            request,
            "statistics.html",
            status,
            report=report,
            wrong=wrong,
            asked=asked,
            spans=[(name, kit.text(f"statistics.spans.{name}")) for name in (*SPANS, OWN)],
            places=_choices(kit, report, places.name),
            heading=_heading(kit, report, places.name),
            bars=_bars(report),
            chart=(24 * (BAR + GAP), HIGH, BAR),
            query=urlencode(_of(report)),
            days=urlencode({name: value for name, value in _of(report).items() if name != "place"}),
            least=LEAST,
            folded=FOLDED,
        )

    @router.get("/excel")
    async def excel(request: Request) -> Response:
        try:
            report = await _report(kit, reports, places, request)
        except (BadPeriod, BadPlace):
            return kit.go(request, f"/statistics?{request.url.query}")
        first, last = report.period.first, report.period.last
        data = await asyncio.to_thread(workbook, report.tables, _heading(kit, report, places.name))
        name = quote(kit.text("statistics.file", first=first, last=last))
        kept = f"attachment; filename=statistics_{first}_{last}.xlsx; filename*=UTF-8''{name}"
        return Response(data, 200, {"Content-Disposition": kept, "Cache-Control": "no-store"}, XLSX)

    return router


async def _report(kit: Kit, reports: Reports, places: PlaceNames, request: Request) -> Report:
    """The report that is asked for. Raises `BadPeriod` and `BadPlace`."""
    given = {name: value.replace("\0", "") for name, value in request.query_params.items()}
    period, place = Period.asked(given, kit.today), given.get("place", "").strip()[:40]
    code = places.code(place) if place else ""
    if code is None or len(code) > COUNTY or not places.name(code or "11"):
        raise BadPlace
    return await reports.of(code, period)


def _wrong(kit: Kit, fault: BadPeriod | BadPlace) -> str:
    return kit.text(f"statistics.wrong.{fault.fault if isinstance(fault, BadPeriod) else 'place'}")


def _of(report: Report) -> dict[str, str]:
    """The query that leads back to a report."""
    days = {"span": OWN, "from": str(report.period.first), "to": str(report.period.last)}
    return days | ({"place": report.place} if report.place else {})


def _choices(kit: Kit, report: Report, name: Callable[[str], str]) -> list[tuple[str, str]]:
    return [("", kit.text("statistics.everywhere")), *((code, name(code) or code) for code in report.places)]


def _heading(kit: Kit, report: Report, name: Callable[[str], str]) -> str:
    place = (name(report.place) or report.place) if report.place else kit.text("statistics.everywhere")
    return kit.text("statistics.place_line", place=place, first=report.period.first, last=report.period.last)


def _bars(report: Report) -> dict[str, list[tuple[int, int, str, int]]]:
    """Of each chart the bars: left edge, height, label, number."""
    charts = {}
    for table in report.tables:
        if table.bars:
            most = max(number for _, number in table.bars) or 1
            charts[table.key] = [
                (position * (BAR + GAP), round(HIGH * number / most), label, number)
                for position, (label, number) in enumerate(table.bars)
            ]
    return charts
