"""Whatever a few people do in whatever order, nothing reaches farmers unreviewed, and no version is lost."""

import asyncio
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.curation.accounts import Account, Forbidden, Role
from knowledge_base.curation.problems import EntryProblems
from knowledge_base.curation.refusals import EditConflict, NoSuchVersion, WrongState
from knowledge_base.curation.states import OPEN, State, Step
from knowledge_base.curation.versions import History, Seen
from knowledge_base.store import Store
from tests.fakes.curation import BOSS, BOTH, LI, ZHAO, Curation
from tests.fakes.entries import entry

PEOPLE = {who.name: who for who in (LI, ZHAO, BOTH, BOSS)}
LIKELY = [Step.SAVE, Step.SUBMIT, Step.PUBLISH] * 4
WHO = [LI.name, BOTH.name, ZHAO.name, BOTH.name, BOSS.name]
STEPS = st.lists(
    st.tuples(st.sampled_from([*LIKELY, *Step]), st.sampled_from(WHO), st.sampled_from([0, 0, 0, 1, 2])),
    min_size=3,
    max_size=10,
)
ENDING = [(Step.SUBMIT, LI.name, 0), (Step.PUBLISH, BOTH.name, 0), (Step.PUBLISH, ZHAO.name, 0)]
"""Whatever has become of it, somebody tries to publish what is open."""
_NUMBERS = count()
REFUSED = (Forbidden, EntryProblems, EditConflict, NoSuchVersion, WrongState)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('properties') / 'p.db'}"

    async def migrate() -> None:
        store = Store(url)
        await store.migrate()
        await store.close()

    asyncio.run(migrate())
    return url


async def act(desk: Curation, key: str, step: Step, by: Account, back: int) -> None:
    """Try a step with one of the latest versions; the text says who wrote it."""
    known = await desk.workflow.history(key)
    aimed = known.get(max(1, known.top - back))
    seen = aimed.seen if aimed else Seen(key, 1, 1)
    text = entry(key=key, spoken=f"{by.name}{known.top}", asks=[f"{key}{n}" for n in range(5)])
    workflow = desk.workflow
    match step:
        case Step.SAVE:
            await workflow.save(by, text, based_on=aimed and aimed.number, revision=aimed and aimed.revision)
        case Step.SEND_BACK:
            await workflow.send_back(by, seen, "改")
        case Step.PUBLISH:
            await workflow.publish(by, seen, against="原文")
        case Step.WITHDRAW:
            await workflow.withdraw(by, key, "不对")
        case Step.RESTORE:
            await workflow.restore(by, key, seen.number)
        case Step.SET_ASIDE:
            await workflow.set_aside(by, key)
        case _:
            await getattr(workflow, step)(by, seen)


def in_order(known: History, before: History) -> None:
    """What must hold after every step."""
    assert len([v for v in known.versions if v.state in OPEN]) <= 1
    assert len([v for v in known.versions if v.state is State.PUBLISHED]) <= 1
    for old in before.versions:
        now = known.get(old.number)
        assert now is not None
        assert now.author == old.author
        if old.state not in OPEN:
            assert now.content == old.content
    for version in known.versions:
        if version.state in {State.PUBLISHED, State.SUPERSEDED}:
            assert version.reviewer is not None
            assert version.submitted_at is not None
            assert Role.REVIEWER in PEOPLE[version.reviewer].roles
            assert version.reviewer not in known.writers(version)
            assert not version.content["spoken"].startswith(version.reviewer)


@given(st.sampled_from([LI, BOTH]), STEPS)
@settings(max_examples=20)
def test_nothing_is_published_unreviewed_or_by_its_author(
    database: str, first: Account, steps: list[tuple[Step, str, int]]
) -> None:
    async def play() -> None:
        store = Store(database)
        desk = Curation(store)
        key = f"maize.k{next(_NUMBERS)}"
        for step, who, back in [(Step.SAVE, first.name, 0), *steps, *ENDING]:
            before = await desk.workflow.history(key)
            with suppress(*REFUSED):
                await act(desk, key, step, PEOPLE[who], back)
            known = await desk.workflow.history(key)
            in_order(known, before)
            said = await desk.spoken(key)
            assert said == (known.published.content["spoken"] if known.published else None)
        await store.close()

    asyncio.run(play())
