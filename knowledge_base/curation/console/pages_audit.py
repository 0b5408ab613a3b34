"""The audit log, for operators: latest first, by person and by subject."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from knowledge_base.curation.accounts import Account, Role
from knowledge_base.curation.audit import Audit
from knowledge_base.curation.console.kit import Kit
from knowledge_base.store import Store

PAGE = 50


def routes(kit: Kit, audit: Audit, store: Store) -> APIRouter:
    """GET /console/audit."""
    router = APIRouter(prefix="/audit")
    kit.link("/audit", "audit.nav", order=90, roles=(Role.OPERATOR,))

    @router.get("")
    async def index(
        request: Request,
        _: Annotated[Account, Depends(kit.operator)],
        account: Annotated[str, Query(max_length=200)] = "",
        subject: Annotated[str, Query(max_length=200)] = "",
        before: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
    ) -> Response:
        account, subject = account.strip(), subject.strip()
        events = await audit.recent(
            store, account=account or None, subject=subject or None, limit=PAGE + 1, before_id=before
        )
        more = events[PAGE - 1].id if len(events) > PAGE else None
        return kit.page(
            request,
            "audit.html",
            events=events[:PAGE],
            who=account,
            subject=subject,
            before=before,
            more=more,
        )

    return router
