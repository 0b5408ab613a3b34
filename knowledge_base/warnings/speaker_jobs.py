"""What loudspeakers have to do: kept in the transaction that takes a warning in, read back for delivery and report."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, event, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge_base.models import Base
from knowledge_base.portions import portions
from knowledge_base.store import Store
from knowledge_base.warnings.models import VillageRow
from knowledge_base.warnings.speaker_models import SpeakerJobRow, SpeakerPlayRow, SpeakerRow, SpokenWarningRow
from knowledge_base.warnings.speakers import Announcement, Area, JobReport, JobState, Play, Speech, SpokenWarning

_AT_ONCE = 300
"""Rows of one statement: bounds SQLite's count of parameters."""


Key = tuple[str, int]
"""A warning and its version."""
Job = tuple[str, Key]
"""A device, and the warning's version."""


class SpeakerJobs:
    """The jobs of one store. Writing wakes this process's delivery as soon as it is committed."""

    def __init__(self, store: Store, clock: Callable[[], datetime], *, drills: bool = False) -> None:
        self._store = store
        self._clock = clock
        self._drills = drills
        self._wakers: list[Callable[[], None]] = []

    def on_put(self, wake: Callable[[], None]) -> None:
        """Have `wake` called whenever something new has been committed here."""
        self._wakers.append(wake)

    async def put(self, session: AsyncSession, warning: SpokenWarning) -> int:
        """See `knowledge_base.warnings.speakers.Loudspeakers`."""
        now = self._clock()
        if warning.drill and not self._drills:
            return 0
        if warning.expires <= now:
            await self._supersede(session, warning)
            return 0
        newest = select(func.max(SpokenWarningRow.version)).where(SpokenWarningRow.warning == warning.id)
        known = await session.scalar(newest)
        if known is not None and known >= warning.version:
            return 0
        row = {
            "warning": warning.id,
            "version": warning.version,
            "colour": int(warning.colour),
            "drill": warning.drill,
            "cancel": warning.cancel,
            "text": warning.text,
            "created_at": now,
            "expires_at": warning.expires,
            "superseded": False,
        }
        if not await _add(session, SpokenWarningRow, [row], "warning", "version"):
            return 0
        await self._supersede(session, warning)
        before = (
            select(SpeakerJobRow.speaker).where(SpeakerJobRow.warning.in_([warning.id, *warning.merged])).distinct()
        )
        concerned = set(await session.scalars(before))
        if not warning.cancel:
            concerned.update(await self._within(session, warning.area))
        key = {"warning": warning.id, "version": warning.version, "state": JobState.WAITING}
        jobs = ({**key, "speaker": speaker} for speaker in sorted(concerned))
        return await _add(session, SpeakerJobRow, jobs, "warning", "version", "speaker")

    async def _supersede(self, session: AsyncSession, warning: SpokenWarning) -> None:
        """Have nothing said any more that is older than a version, nor what went out of it under other names."""
        await session.execute(
            update(SpokenWarningRow)
            .where(
                or_(
                    and_(SpokenWarningRow.warning == warning.id, SpokenWarningRow.version < warning.version),
                    SpokenWarningRow.warning.in_(warning.merged),
                )
            )
            .values(superseded=True)
            .execution_options(synchronize_session=False)
        )
        event.listen(session.sync_session, "after_commit", self._wake, once=True)

    async def reach(self, session: AsyncSession, area: Area) -> int:
        """How many loudspeakers are in an area."""
        return len(await self._within(session, area))

    async def _within(self, session: AsyncSession, area: Area) -> list[str]:
        # Where the device's own place is not known, its village's is.
        query = (
            select(
                SpeakerRow.id,
                SpeakerRow.village,
                func.coalesce(SpeakerRow.latitude, VillageRow.latitude),
                func.coalesce(SpeakerRow.longitude, VillageRow.longitude),
            )
            .join(VillageRow, VillageRow.code == SpeakerRow.village, isouter=True)
            .where(SpeakerRow.disabled.is_(False))
        )
        rows = await session.execute(query)
        return [speaker for speaker, village, north, east in rows if area.covers(village, north, east)]

    def _wake(self, _session: object) -> None:
        for wake in self._wakers:
            wake()

    async def valid(self) -> list[Announcement]:
        """The newest version of every warning that has not expired and concerns a loudspeaker, most urgent first."""
        async with self._store.session() as session:
            return [_announcement(row) for row in await session.scalars(self._valid())]

    def _valid(self) -> Select[SpokenWarningRow]:
        row = SpokenWarningRow
        job = exists().where(SpeakerJobRow.warning == row.warning, SpeakerJobRow.version == row.version)
        return (
            select(row)
            .where(row.superseded.is_(False), row.expires_at > self._clock(), job)
            .order_by(row.cancel.desc(), row.drill, row.colour, row.created_at, row.warning)
        )

    async def concerned(self, keys: Collection[Key]) -> dict[str, tuple[int, list[Key]]]:
        """The devices with a job on one of these: their volume limit, and their jobs in the order of `keys`."""
        order = {key: at for at, key in enumerate(keys)}
        found: dict[str, tuple[int, list[Key]]] = {}
        query = (
            select(SpeakerJobRow.speaker, SpeakerRow.volume_limit, SpeakerJobRow.warning, SpeakerJobRow.version)
            .join(SpeakerRow, SpeakerRow.id == SpeakerJobRow.speaker)
            .where(SpeakerRow.disabled.is_(False))
        )
        async with self._store.session() as session:
            # One by one, and devices below by their warning: databases do not look pairs up by an index.
            for one in order:
                this = (SpeakerJobRow.warning == one[0], SpeakerJobRow.version == one[1])
                for speaker, limit, warning, version in await session.execute(query.where(*this)):
                    found.setdefault(speaker, (limit, []))[1].append((warning, version))
        for _, jobs in found.values():
            jobs.sort(key=order.__getitem__)
        return found

    async def spoken(self, warning: str, version: int, speech: Speech) -> None:
        """Keep which files are a version's speech."""
        async with self._store.session() as session:
            await session.execute(
                update(SpokenWarningRow)
                .where(SpokenWarningRow.warning == warning, SpokenWarningRow.version == version)
                .values(ogg_sha256=speech.ogg_sha256, wav_sha256=speech.wav_sha256, seconds=speech.seconds)
                .execution_options(synchronize_session=False)
            )

    async def sent(self, jobs: Iterable[Job]) -> None:
        """These have reached the broker or the device (its id, and the warning's version)."""
        now = self._clock()
        async with self._store.session() as session:
            for which in _by_warning(jobs):
                await session.execute(
                    update(SpeakerJobRow)
                    .where(*which, SpeakerJobRow.state == JobState.WAITING)
                    .values(state=JobState.SENT, sent_at=now)
                    .execution_options(synchronize_session=False)
                )

    async def played(self, plays: Sequence[tuple[str, Play]]) -> int:
        """Keep devices' records; how many are new. A record of a job that the device never had is passed over."""
        now, new = self._clock(), 0
        async with self._store.session() as session:
            for some in portions(plays, 100):
                theirs: set[tuple[str, int, str]] = set()
                for of in _by_warning((speaker, (play.warning, play.version)) for speaker, play in some):
                    theirs.update((w, v, s) for w, v, s in await session.execute(select(*_COLUMNS).where(*of)))
                kept = [(speaker, play) for speaker, play in some if (play.warning, play.version, speaker) in theirs]
                new += await _add(session, SpeakerPlayRow, [_play(*one, now) for one in kept], "speaker", "play")
                for state, jobs in _outcomes(kept).items():
                    for of in _by_warning(jobs):
                        await session.execute(
                            update(SpeakerJobRow)
                            .where(*of, SpeakerJobRow.state != JobState.PLAYED)
                            .values(state=state)
                            .execution_options(synchronize_session=False)
                        )
        return new

    async def report(self, *warnings: str) -> list[JobReport]:
        """Every job of all versions of a warning, by village and device; of all names under which parts of it went out."""
        plays: dict[tuple[str, str, int], list[Play]] = defaultdict(list)
        jobs = (
            select(SpeakerJobRow, SpeakerRow.name, SpeakerRow.village)
            .join(SpeakerRow, SpeakerRow.id == SpeakerJobRow.speaker)
            .where(SpeakerJobRow.warning.in_(warnings))
            .order_by(SpeakerRow.village, SpeakerRow.id, SpeakerJobRow.version)
        )
        records = select(SpeakerPlayRow).where(SpeakerPlayRow.warning.in_(warnings)).order_by(SpeakerPlayRow.started_at)
        async with self._store.session() as session:
            for row in await session.scalars(records):
                plays[row.warning, row.speaker, row.version].append(
                    Play(
                        row.play,
                        row.warning,
                        row.version,
                        row.started_at,
                        row.ended_at,
                        row.repeats,
                        row.volume,
                        row.error,
                    )
                )
            return [
                JobReport(
                    job.speaker,
                    name,
                    village,
                    job.version,
                    JobState(job.state),
                    job.sent_at,
                    tuple(plays[job.warning, job.speaker, job.version]),
                )
                for job, name, village in await session.execute(jobs)
            ]


_COLUMNS = (SpeakerJobRow.warning, SpeakerJobRow.version, SpeakerJobRow.speaker)


async def _add(session: AsyncSession, table: type[Base], rows: Iterable[dict[str, Any]], *unique: str) -> int:
    """Insert what is not there yet; how many were new."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    new = 0
    for some in portions(rows, _AT_ONCE):
        statement = insert(table).on_conflict_do_nothing(index_elements=unique)
        one = getattr(table, unique[-1])
        new += len((await session.scalars(statement.returning(one), some)).all())
    return new


def _by_warning(jobs: Iterable[Job]) -> Iterable[tuple[ColumnElement[bool], ...]]:
    """Conditions that find jobs by their key's index, in portions."""
    speakers: defaultdict[Key, list[str]] = defaultdict(list)
    for speaker, key in jobs:
        speakers[key].append(speaker)
    for (warning, version), some in speakers.items():
        for portion in portions(some, _AT_ONCE):
            yield (
                SpeakerJobRow.warning == warning,
                SpeakerJobRow.version == version,
                SpeakerJobRow.speaker.in_(portion),
            )


def _announcement(row: SpokenWarningRow) -> Announcement:
    speech = None
    if row.ogg_sha256 and row.wav_sha256 and row.seconds is not None:
        speech = Speech(row.ogg_sha256, row.wav_sha256, row.seconds)
    return Announcement(
        row.warning, row.version, row.colour, row.drill, row.cancel, row.text, row.created_at, row.expires_at, speech
    )


def _play(speaker: str, play: Play, now: datetime) -> dict[str, Any]:
    return {
        "speaker": speaker,
        "play": play.play,
        "warning": play.warning,
        "version": play.version,
        "started_at": play.started,
        "ended_at": play.ended,
        "repeats": play.repeats,
        "volume": play.volume,
        "error": play.error,
        "received_at": now,
    }


def _outcomes(plays: Iterable[tuple[str, Play]]) -> dict[JobState, list[Job]]:
    found: dict[JobState, list[Job]] = defaultdict(list)
    for speaker, play in plays:
        state = JobState.PLAYED if play.error is None else JobState.FAILED
        found[state].append((speaker, (play.warning, play.version)))
    return found
