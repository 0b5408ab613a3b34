"""Answers to waiting questions: those to be reviewed or changed, and those that were sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.answer import AnswerState, Decided, NoSuchAnswer
from knowledge_base.curation.answer_text import AnswerProblems
from knowledge_base.curation.console.kit import Kit, Tile
from knowledge_base.curation.console.pages_questions import Waiting, problems, typed_words
from knowledge_base.curation.overview import Shown
from knowledge_base.curation.questions import Answers

PAGE = 30
OPEN = (AnswerState.IN_REVIEW, AnswerState.SENT_BACK, AnswerState.AWAITING_ENTRY)


def routes(kit: Kit, waiting: Waiting) -> APIRouter:
    """GET /console/questions/open, /approved and what is below /answers."""
    router = APIRouter(prefix="/questions")
    overview, answers = waiting.overview, waiting.answers
    kit.tile(lambda account: _review_tile(kit, waiting, account))
    kit.tile(lambda account: _sent_back_tile(kit, waiting, account))

    @router.get("/open")
    async def unfinished(request: Request, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return kit.page(request, "answers.html", shown=await overview.open_answers(OPEN), approved=False, more=None)

    @router.get("/approved")
    async def approved(
        request: Request,
        _: Annotated[Account, Depends(kit.signed_in)],
        before: Annotated[datetime | None, Query()] = None,
    ) -> Response:
        if before is not None and before.tzinfo is None:
            raise HTTPException(404)
        shown = await overview.approved(PAGE + 1, before)
        more = shown[PAGE - 1].answer.reviewed_at if len(shown) > PAGE else None
        return kit.page(request, "answers.html", shown=shown[:PAGE], approved=True, more=more)

    @router.get("/answers/{answer}")
    async def one(request: Request, answer: str, _: Annotated[Account, Depends(kit.signed_in)]) -> Response:
        return await _page(kit, request, waiting, answer)

    @router.post("/answers/{answer}/{step}")
    async def act(
        request: Request,
        answer: str,
        step: Literal["approve", "send-back", "rewrite", "link", "withdraw"],
        by: Annotated[Account, Depends(kit.writer)],
    ) -> Response:
        form = await kit.form(request)
        try:
            where, notice, values = await _act(answers, by, answer, step, form)
        except NoSuchAnswer:
            raise HTTPException(404) from None
        except AnswerProblems as fault:
            sentences = problems(kit, fault.problems)
            return await _page(kit, request, waiting, answer, form=form, status=422, errors=sentences)
        except Decided:
            told = {"main": kit.text("questions.decided")}
            return await _page(kit, request, waiting, answer, form=form, status=409, errors=told)
        return kit.go(request, where, notice, **values)

    return router


async def _act(
    answers: Answers, by: Account, answer: str, step: str, form: FormData
) -> tuple[str, str, dict[str, object]]:
    """Take a step; where to go then, and what is said there."""
    match step:
        case "approve":
            return "/questions/open", "questions.approved", {"n": await answers.approve(by, answer)}
        case "send-back":
            await answers.send_back(by, answer, str(form.get("note", "")))
            return "/questions/open", "questions.sent_back", {}
        case "rewrite":
            await answers.rewrite(by, answer, typed_words(form))
            return "/questions/open", "questions.rewritten", {}
        case "link":
            await answers.promises.link_draft(by, answer, str(form.get("key", "")).strip())
            return f"/questions/answers/{answer}", "questions.linked", {}
        case _:
            await answers.withdraw(by, answer)
            return "/questions", "questions.withdrawn", {}


async def _page(
    kit: Kit,
    request: Request,
    waiting: Waiting,
    answer: str,
    *,
    form: FormData | None = None,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
) -> Response:
    shown = await waiting.overview.one(answer)
    if shown is None:
        raise HTTPException(404)
    words = shown.answer.words
    typed = {"spoken": words.spoken, "detail": words.detail, "note": "", "key": ""}
    if form is not None:
        typed |= {name: str(form[name]) for name in typed if name in form}
    keys = {question.subject for question in shown.questions if question.subject}
    return kit.page(
        request,
        "answer.html",
        status,
        shown=shown,
        titles=await waiting.overview.titles(keys),
        province=waiting.province,
        typed=typed,
        errors=errors or {},
    )


async def _review_tile(kit: Kit, waiting: Waiting, account: Account) -> Tile | None:
    if not account.may(Role.REVIEWER):
        return None
    shown = await waiting.overview.open_answers([AnswerState.IN_REVIEW])
    return _tile(kit, "review", [one for one in shown if one.answer.author != account.name])


async def _sent_back_tile(kit: Kit, waiting: Waiting, account: Account) -> Tile | None:
    shown = await waiting.overview.open_answers([AnswerState.SENT_BACK])
    return _tile(kit, "sent_back", [one for one in shown if one.answer.author == account.name])


def _tile(kit: Kit, what: str, shown: list[Shown]) -> Tile | None:
    return Tile(kit.text(f"questions.tiles.{what}"), len(shown), "/console/questions/open") if shown else None
