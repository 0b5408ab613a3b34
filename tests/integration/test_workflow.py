"""The life of an entry: who may do what to it and when, and that nothing is lost on the way."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.curation.accounts import Account, Forbidden
from knowledge_base.curation.problems import EntryProblems
from knowledge_base.curation.refusals import (
    EditConflict,
    GoldenBroken,
    NoSuchVersion,
    NotExamined,
    OwnText,
    WrongState,
)
from knowledge_base.curation.states import RULES, State, Step
from knowledge_base.curation.versions import Seen, Version
from knowledge_base.entry import Entry
from knowledge_base.search.base import Query
from knowledge_base.store import Store
from tests.fakes.curation import BOSS, BOTH, CHECKED, EDITED, LI, WANG, ZHAO, Curation
from tests.fakes.entries import entry

KEY = "maize.borer"
SHIPPED = entry().spoken


@pytest.fixture
async def desk(store: Store) -> Curation:
    desk = Curation(store)
    await desk.shipped()
    return desk


@pytest.fixture
async def any_desk(any_store: Store) -> Curation:
    desk = Curation(any_store)
    await desk.shipped()
    return desk


async def states(desk: Curation) -> list[tuple[int, str]]:
    return [(v.number, v.state) for v in reversed((await desk.workflow.history(KEY)).versions)]


async def take(desk: Curation, step: Step, by: Account, seen: Seen) -> Version:
    workflow = desk.workflow
    match step:
        case Step.SAVE:
            text = entry(key=seen.key, spoken="又改。")
            return await workflow.save(by, text, based_on=seen.number, revision=seen.revision)
        case Step.SEND_BACK:
            return await workflow.send_back(by, seen, "出处再查一查")
        case Step.PUBLISH:
            return await workflow.publish(by, seen, against=CHECKED)
        case Step.WITHDRAW:
            return await workflow.withdraw(by, seen.key, "县里改了做法")
        case Step.RESTORE:
            return await workflow.restore(by, seen.key, seen.number)
        case Step.SET_ASIDE:
            return await workflow.set_aside(by, seen.key)
        case _:
            return await getattr(workflow, step)(by, seen)  # type: ignore[no-any-return]


def of_step(step: Step, **changes: object) -> Entry:
    """An entry for each step, so that one store is enough for all."""
    asks = [f"{step}的第{n}种问法" for n in range(5)]
    return entry(key=f"maize.{step}", asks=asks, **changes)


async def brought_to(desk: Curation, state: State, step: Step) -> Version:
    """Version 2 of the step's entry in a state; of an offered text, version 3."""
    text = of_step(step, spoken=EDITED).model_dump(mode="json")
    if state is State.DRAFT:
        return await desk.draft(**text)
    if state is State.IN_REVIEW:
        return await desk.in_review(**text)
    if state is State.DROPPED:
        return await desk.workflow.discard(LI, (await desk.draft(**text)).seen)
    version = await desk.published(**text)
    if state is State.SUPERSEDED:
        await desk.published(**{**text, "spoken": "第三版的话。"})
    if state is State.WITHDRAWN:
        return await desk.workflow.withdraw(ZHAO, version.key, "县里改了做法")
    if state is State.OFFERED:
        await desk.shipped(*(of_step(one, spoken="程序带来的新话。" if one is step else SHIPPED) for one in Step))
        offered = (await desk.workflow.history(version.key)).offered
        assert offered is not None
        return offered
    return version


LEADS_TO = {
    (Step.SAVE, State.DRAFT): State.DRAFT,
    (Step.SAVE, State.PUBLISHED): State.DRAFT,
    (Step.SAVE, State.WITHDRAWN): State.DRAFT,
    (Step.SUBMIT, State.DRAFT): State.IN_REVIEW,
    (Step.TAKE_BACK, State.IN_REVIEW): State.DRAFT,
    (Step.DISCARD, State.DRAFT): State.DROPPED,
    (Step.SEND_BACK, State.IN_REVIEW): State.DRAFT,
    (Step.PUBLISH, State.IN_REVIEW): State.PUBLISHED,
    (Step.WITHDRAW, State.DRAFT): State.WITHDRAWN,
    (Step.WITHDRAW, State.IN_REVIEW): State.WITHDRAWN,
    (Step.WITHDRAW, State.DROPPED): State.WITHDRAWN,
    (Step.WITHDRAW, State.PUBLISHED): State.WITHDRAWN,
    (Step.WITHDRAW, State.SUPERSEDED): State.WITHDRAWN,
    (Step.WITHDRAW, State.OFFERED): State.WITHDRAWN,
    **dict.fromkeys(((Step.RESTORE, s) for s in State if s not in {State.DRAFT, State.IN_REVIEW}), State.DRAFT),
    (Step.SET_ASIDE, State.OFFERED): State.SUPERSEDED,
}
"""Where each step leads. Withdrawing is about whatever is published, whichever version one looks at."""


@pytest.mark.parametrize("state", State)
async def test_each_step_leads_from_its_states_only(desk: Curation, state: State) -> None:
    await desk.shipped(*map(of_step, Step))
    for step in Step:
        seen = (await brought_to(desk, state, step)).seen
        who = ZHAO if RULES[step].role in ZHAO.roles else LI
        if (step, state) in LEADS_TO:
            assert (await take(desk, step, who, seen)).state is LEADS_TO[step, state], step
        else:
            with pytest.raises((WrongState, EditConflict, NoSuchVersion)):
                await take(desk, step, who, seen)


@pytest.mark.parametrize("step", Step)
async def test_no_step_without_its_role(desk: Curation, step: Step) -> None:
    version = await desk.in_review()
    others = {LI, ZHAO, BOSS} - {who for who in (LI, ZHAO) if RULES[step].role in who.roles}
    for who in others:
        with pytest.raises(Forbidden):
            await take(desk, step, who, version.seen)
    assert await states(desk) == [(1, "published"), (2, "in_review")]


async def test_an_edit_is_given_to_farmers_once_another_person_has_approved_it(any_desk: Curation) -> None:
    elsewhere = any_desk.another_library()
    await elsewhere.search(Query("玉米秆里有虫"))
    draft = await any_desk.draft(asks=[*entry().asks[:4], "飞碟落在玉米地"])
    submitted = await any_desk.workflow.submit(LI, draft.seen)
    assert await any_desk.spoken() == SHIPPED
    published = await any_desk.workflow.publish(ZHAO, submitted.seen, against=CHECKED)
    (hit, *_) = await elsewhere.search(Query("飞碟落在玉米地"))
    assert (hit.entry.spoken, hit.entry.sample, hit.entry.written_by) == (EDITED, False, "li")
    reading = hit.entry.second_reading
    assert reading is not None
    assert (reading.by, reading.against, reading.date) == ("zhao", CHECKED, date(2026, 11, 22))
    assert (published.reviewer, published.state) == ("zhao", State.PUBLISHED)
    assert await states(any_desk) == [(1, "superseded"), (2, "published")]
    lines = await any_desk.audit.recent(any_desk.store, subject=KEY, limit=9)
    assert [(e.account, e.action) for e in reversed(lines)] == [
        ("li", "entry.save"), ("li", "entry.submit"), ("zhao", "entry.publish"),
    ]  # fmt: skip


async def test_the_shipped_text_stays_as_version_one(desk: Curation) -> None:
    await desk.published()
    first = (await desk.workflow.history(KEY)).get(1)
    assert first is not None
    assert (first.origin, first.author, first.content["spoken"]) == ("shipped", "作者", SHIPPED)


async def test_nobody_approves_a_text_that_they_wrote_at(desk: Curation) -> None:
    version = await desk.in_review(BOTH)
    for step in (Step.PUBLISH, Step.SEND_BACK):
        with pytest.raises(OwnText):
            await take(desk, step, BOTH, version.seen)
    back = await desk.workflow.send_back(ZHAO, version.seen, "再写短些")
    assert (back.state, back.note) == (State.DRAFT, "再写短些")
    again = await desk.in_review(LI, spoken="短些的话。")
    assert (again.author, again.note) == ("li", "再写短些")
    with pytest.raises(OwnText):
        await take(desk, Step.PUBLISH, BOTH, again.seen)
    await take(desk, Step.PUBLISH, ZHAO, again.seen)
    assert await desk.spoken() == "短些的话。"


async def test_a_restored_draft_still_belongs_to_who_wrote_it(desk: Curation) -> None:
    dropped = await desk.workflow.discard(BOTH, (await desk.draft(BOTH)).seen)
    restored = await desk.workflow.restore(LI, KEY, dropped.number)
    submitted = await desk.workflow.submit(LI, restored.seen)
    with pytest.raises(OwnText):
        await take(desk, Step.PUBLISH, BOTH, submitted.seen)


async def test_the_second_of_two_editors_is_told_and_both_texts_stay(any_desk: Curation) -> None:
    first = await any_desk.draft(LI)
    with pytest.raises(EditConflict) as told:
        await any_desk.workflow.save(WANG, entry(spoken="王写的话。"), based_on=1)
    assert (told.value.current.author, told.value.current.entry.spoken) == ("li", EDITED)
    second = await any_desk.workflow.save(WANG, entry(spoken="王写的话。"), based_on=2, revision=1)
    assert await states(any_desk) == [(1, "published"), (2, "dropped"), (3, "draft")]
    kept = (await any_desk.workflow.history(KEY)).get(first.number)
    assert kept is not None
    assert kept.entry.spoken == EDITED
    with pytest.raises(EditConflict) as told:
        await any_desk.workflow.save(LI, entry(spoken="李又写的话。"), based_on=2, revision=1)
    assert told.value.current == second


async def test_one_person_in_two_windows_is_told_too(desk: Curation) -> None:
    draft = await desk.draft()
    assert (await desk.draft(spoken="头一个窗口。")).revision == 2
    with pytest.raises(EditConflict) as told:
        await desk.workflow.save(LI, entry(spoken="第二个窗口。"), based_on=draft.number, revision=draft.revision)
    assert told.value.current.entry.spoken == "头一个窗口。"


async def test_many_who_write_at_once_leave_one_draft_and_the_rest_are_told(any_desk: Curation) -> None:
    people = [Account(f"a{n}", f"a{n}", LI.roles, 0) for n in range(6)]
    for based_on, revision in ((1, None), (2, 1)):
        texts = [entry(spoken=f"{who.name} 写的话。") for who in people]
        done = await asyncio.gather(
            *(
                any_desk.another_workflow().save(who, text, based_on=based_on, revision=revision)
                for who, text in zip(people, texts, strict=True)
            ),
            return_exceptions=True,
        )
        saved = [version for version in done if isinstance(version, Version)]
        told = [error for error in done if isinstance(error, EditConflict)]
        assert (len(saved), len(told)) == (1, 5), done
        assert {error.current.author for error in told} == {saved[0].author}
        known = await any_desk.workflow.history(KEY)
        assert known.open == saved[0]
        people = [who for who in people if who.name != saved[0].author] + [WANG]


async def test_two_reviewers_at_once_publish_once(any_desk: Curation) -> None:
    version = await any_desk.in_review()
    second = Account("qian", "钱", ZHAO.roles, 0)
    done = await asyncio.gather(
        *(any_desk.another_workflow().publish(who, version.seen, against=CHECKED) for who in (ZHAO, second)),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in done) == ["Version", "WrongState"]
    assert await states(any_desk) == [(1, "superseded"), (2, "published")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"follow_ups": ["no.such"]}, "no.such"),
        ({"symptoms": ["一处"]}, "至少写 3 条"),
        ({"asks": [*entry().asks[:4], "玉米上锈了咋治"]}, "maize.southern_rust"),
        ({"spoken": "撒呋喃丹。"}, "撒呋喃丹。"),
    ],
)
async def test_what_is_not_in_order_is_not_submitted(desk: Curation, change: dict[str, object], words: str) -> None:
    asks = ["玉米叶上一层铁锈粉", "玉米上锈了咋治", "三", "四", "五"]
    await desk.shipped(entry(), entry(key="maize.southern_rust", asks=asks))
    draft = await desk.draft(**change)
    with pytest.raises(EntryProblems) as refused:
        await desk.workflow.submit(LI, draft.seen)
    assert any(words in problem.line for problem in refused.value.problems)
    assert (await desk.workflow.history(KEY)).open == draft


async def test_a_county_may_add_a_key_and_follow_up_on_it(desk: Curation) -> None:
    own = {"key": "local.fruit_fly", "title": "本县果蝇", "asks": ["一", "二", "三", "四", "五"]}
    await desk.published(**own)
    await desk.published(follow_ups=["local.fruit_fly"])
    assert await desk.spoken("local.fruit_fly") == EDITED


async def test_a_product_banned_between_review_and_publishing_is_stopped(store: Store) -> None:
    desk = Curation(store, datetime(2026, 5, 31, 1, 0, tzinfo=UTC))
    await desk.shipped()
    version = await desk.in_review(spoken="用氧乐果治蚜虫。")
    desk.now = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)
    with pytest.raises(EntryProblems, match="氧乐果治蚜虫"):
        await take(desk, Step.PUBLISH, ZHAO, version.seen)
    assert await desk.spoken() == SHIPPED


async def test_broken_golden_questions_stop_publishing_until_accepted_with_a_reason(desk: Curation) -> None:
    version = await desk.in_review()
    desk.examiner.count = None
    with pytest.raises(NotExamined):
        await take(desk, Step.PUBLISH, ZHAO, version.seen)
    desk.examiner.count = 2
    for blank in ("", "  "):
        with pytest.raises(GoldenBroken):
            await desk.workflow.publish(ZHAO, version.seen, against=CHECKED, accepted=blank)
    assert await desk.spoken() == SHIPPED
    published = await desk.workflow.publish(ZHAO, version.seen, against=CHECKED, accepted="那两句问的是别的虫")
    assert published.accepted == "那两句问的是别的虫"
    (line,) = await desk.audit.recent(desk.store, subject=KEY, limit=1)
    assert (line.detail["broken"], line.detail["accepted"]) == (2, "那两句问的是别的虫")


async def test_what_hangs_on_publishing_happens_with_it_or_not_at_all(desk: Curation) -> None:
    heard = []

    async def note(_session: AsyncSession, published: Entry, by: Account) -> None:
        heard.append((published.key, by.name))

    async def fail(_session: AsyncSession, _published: Entry, _by: Account) -> None:
        raise RuntimeError

    version = await desk.in_review()
    desk.workflow.on_published += [note, fail]
    with pytest.raises(RuntimeError):
        await take(desk, Step.PUBLISH, ZHAO, version.seen)
    assert await desk.spoken() == SHIPPED
    assert (await states(desk))[-1] == (2, "in_review")
    desk.workflow.on_published.remove(fail)
    await take(desk, Step.PUBLISH, ZHAO, version.seen)
    assert heard == [(KEY, "zhao")] * 2


async def test_a_withdrawn_entry_is_not_answered_and_can_come_back(desk: Curation) -> None:
    withdrawn = await desk.workflow.withdraw(ZHAO, KEY, "县里改了做法")
    assert (withdrawn.number, withdrawn.origin, withdrawn.note) == (1, "shipped", "县里改了做法")
    assert await desk.spoken() is None
    assert await desk.library.search(Query("玉米秆里有虫")) == []
    await desk.shipped()
    assert await desk.spoken() is None, "a restart does not bring it back"
    draft = await desk.workflow.restore(LI, KEY, 1)
    submitted = await desk.workflow.submit(LI, draft.seen)
    await take(desk, Step.PUBLISH, ZHAO, submitted.seen)
    assert await desk.spoken() == SHIPPED


async def test_an_old_version_is_restored_as_a_draft_beside_no_other(desk: Curation) -> None:
    await desk.published()
    draft = await desk.workflow.restore(WANG, KEY, 1)
    assert (draft.number, draft.author, draft.entry.spoken) == (3, "wang", SHIPPED)
    with pytest.raises(EditConflict):
        await desk.workflow.restore(LI, KEY, 1)


@pytest.mark.parametrize("reason", ["", " \n", "长" * 1001])
async def test_reasons_are_asked_for_and_bounded(desk: Curation, reason: str) -> None:
    version = await desk.in_review()
    for attempt in (
        desk.workflow.withdraw(ZHAO, KEY, reason),
        desk.workflow.send_back(ZHAO, version.seen, reason),
        desk.workflow.publish(ZHAO, version.seen, against=reason),
    ):
        with pytest.raises(EntryProblems):
            await attempt
