"""Waiting questions: the clusters, and one of them with the ways to answer it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.answer import Dismissal, Taken
from knowledge_base.curation.answer_text import AnswerProblems, AnswerText, Problem
from knowledge_base.curation.clusters import Cluster, Clusters
from knowledge_base.curation.console.kit import Kit, Tile
from knowledge_base.curation.overview import Overview
from knowledge_base.curation.questions import Answers
from knowledge_base.library import Library
from knowledge_base.search.base import Query as Search

PAGE = 30
LISTED = 300
"""Questions of one cluster on its page."""

Provinces = Callable[[str], str | None]
"""The name of the province that a place is in."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the pages of this area stand on."""

    clusters: Clusters
    answers: Answers
    overview: Overview
    library: Library
    province: Provinces


def routes(kit: Kit, waiting: Waiting) -> APIRouter:
    """GET /console/questions and what is below /waiting."""
    router = APIRouter(prefix="/questions")
    kit.link("/questions", "questions.nav", order=30)
    kit.tile(lambda account: _tile(kit, waiting, account))

    @router.get("")
    async def index(
        request: Request,
        _: Annotated[Account, Depends(kit.signed_in)],
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> Response:
        clusters = await waiting.clusters.current()
        shown = clusters[(page - 1) * PAGE : page * PAGE]
        figures = await waiting.overview.figures()
        return kit.page(
            request,
            "questions.html",
            figures=figures,
            to_answer=duration(kit, figures.to_answer),
            clusters=shown,
            titles=await _subjects(waiting, shown),
            province=waiting.province,
            page=page,
            more=len(clusters) > page * PAGE,
        )

    @router.get("/waiting/{question}")
    async def one(request: Request, question: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        cluster = await waiting.clusters.holding(question)
        if cluster is None:
            return kit.go(request, "/questions", "questions.gone")
        return await _page(kit, request, waiting, cluster)

    @router.post("/waiting/{question}")
    async def act(request: Request, question: str, by: Annotated[Account, Depends(kit.agent)]) -> Response:
        form = await kit.form(request)
        ticked = [str(one) for one in form.getlist("questions")]
        try:
            done = await _act(waiting.answers, by, form, ticked)
        except AnswerProblems as fault:
            cluster = await _still(waiting.clusters, question, ticked)
            return await _page(
                kit, request, waiting, cluster, form=form, status=422, errors=problems(kit, fault.problems)
            )
        except Taken as taken:
            cluster = await _still(waiting.clusters, question, ticked)
            who = kit.called(request, taken.by) if taken.by else kit.text("questions.somebody")
            told = kit.text("questions.taken", n=len(taken.gone), by=who)
            return await _page(kit, request, waiting, cluster, form=form, status=409, errors={"questions": told})
        if str(form.get("do")) == "new":
            return kit.go(request, f"/entries/new?answer={done}")
        return kit.go(request, "/questions", "questions.sent" if done else "questions.dismissed")

    return router


async def _act(answers: Answers, by: Account, form: FormData, ticked: Collection[str]) -> str | None:
    """Do what the pressed button says; the answer's id, None where the questions were put away."""
    match form.get("do"):
        case "choose":
            key = str(form.get("key", ""))
            if not key:
                raise AnswerProblems([Problem("key", "missing")])
            return await answers.choose(by, ticked, key)
        case "new":
            return await answers.await_entry(by, ticked)
        case "dismiss":
            why = str(form.get("why", ""))
            if why not in set(Dismissal):
                raise AnswerProblems([Problem("why", "missing")])
            await answers.dismiss(by, ticked, Dismissal(why))
            return None
        case _:
            return await answers.write(by, ticked, typed_words(form))


async def _page(
    kit: Kit,
    request: Request,
    waiting: Waiting,
    cluster: Cluster | None,
    *,
    form: FormData | None = None,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
) -> Response:
    given = form or FormData()
    listed = sorted(cluster.questions, key=lambda q: (q.asked_at, q.id))[:LISTED] if cluster else []
    ticked = {str(one) for one in given.getlist("questions")} if form else {question.id for question in listed}
    return kit.page(
        request,
        "question.html",
        status,
        cluster=cluster,
        listed=listed,
        ticked=ticked,
        more=len(cluster.questions) - len(listed) if cluster else 0,
        titles=await _subjects(waiting, [cluster] if cluster else []),
        likely=await _likely(waiting.library, cluster) if cluster else [],
        entries=await waiting.overview.entries(),
        province=waiting.province,
        dismissals=list(Dismissal),
        typed={name: str(given.get(name, "")) for name in ("spoken", "detail", "key", "why")},
        errors=errors or {},
    )


async def _still(clusters: Clusters, question: str, ticked: Collection[str]) -> Cluster | None:
    """The cluster that was being answered, as far as it still waits."""
    for one in (question, *ticked):
        if cluster := await clusters.holding(one):
            return cluster
    return None


async def _likely(library: Library, cluster: Cluster) -> list[tuple[str, str]]:
    """Published entries that may be the answer, the likeliest first."""
    lead = cluster.questions[0]
    if not lead.text:
        return []
    place = lead.place[:2] if lead.place else None
    hits = await library.search(Search(lead.normalized, frozenset(cluster.crops), region=place), 3)
    return [(hit.entry.key, hit.entry.title) for hit in hits]


async def _subjects(waiting: Waiting, clusters: Collection[Cluster]) -> dict[str, str]:
    keys = {question.subject for cluster in clusters for question in cluster.questions if question.subject}
    return await waiting.overview.titles(keys)


async def _tile(kit: Kit, waiting: Waiting, account: Account) -> Tile | None:
    if not account.may(Role.AGENT):
        return None
    count = await waiting.overview.waiting()
    return Tile(kit.text("questions.tiles.waiting"), count, "/console/questions") if count else None


def typed_words(form: FormData) -> AnswerText:
    """The answer as it was typed."""
    return AnswerText.typed(str(form.get("spoken", "")), str(form.get("detail", "")))


def problems(kit: Kit, found: Collection[Problem]) -> dict[str, str]:
    """A sentence for each field that is not in order."""
    sentences: dict[str, str] = {}
    for problem in found:
        said = kit.text(f"questions.errors.{problem.field}.{problem.fault}", about=problem.about)
        sentences[problem.field] = f"{sentences[problem.field]} {said}" if problem.field in sentences else said
    return sentences


def duration(kit: Kit, length: timedelta | None) -> str:
    """How long, in the largest unit that tells enough."""
    if length is None:
        return kit.text("questions.figures.nothing")
    hours = length.total_seconds() / 3600
    unit, n = ("days", hours / 24) if hours >= 48 else ("hours", hours) if hours >= 1 else ("minutes", hours * 60)
    return kit.text(f"questions.figures.{unit}", n=round(n))
