"""Intents and entities of the golden utterances, typed and misheard, beside baselines and ours without each layer."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import yaml

from bot.settings import Settings
from nlu.training_data import read_intents
from nlu.wordfile import REGIONS, Region
from tests.bench.figures import Timing, show
from tests.eval.contenders import UNCORRECTED, Contender, Language, Read, contenders
from tests.eval.named import KINDS, Judge, Score

GOLDEN = Path(__file__).parents[1] / "golden"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
FLOORS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
BINS = 10
WARM = 20
"""Calls before the times count."""
INTRODUCTION = """\
Golden utterances: {typed} typed, {misheard} as a recogniser wrote down synthesised speech; labels in tests/golden/README.md,
what those leave unmarked in tests/eval/conventions.yaml. Date, area, money, weight: same words or same value. Without
the lexicon an alias still counts as its standard name. Rasa's default pipeline runs without DIET, which needs TensorFlow:
jieba, regex, lexical and count features (words, char_wb 1-4), LogisticRegressionClassifier, CRFEntityExtractor.
All were trained in this run or an earlier one on the same sentences."""
SHORT = {"livestock": "animal", "pesticide": "chem", "fertiliser": "fert", "service": "job", "product": "prod", "machine": "mach"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A golden utterance; `text` is what reaches the understanding."""

    text: str
    intent: str
    region: Region
    entities: tuple[tuple[str, str], ...]
    misheard: bool

    @property
    def home(self) -> Region | None:
        """The speaker's region; None for standard Chinese."""
        return None if self.region == "standard" else self.region


@dataclass(slots=True)
class Result:
    """How one contender did."""

    name: str
    lines: list[Line] = field(default_factory=list)
    read: list[Read] = field(default_factory=list)

    def right(self, wanted: Callable[[Line], bool]) -> float | None:
        """Share of rightly read intents among the lines wanted; None where there are none."""
        hits = [r.intent == line.intent for line, r in zip(self.lines, self.read, strict=True) if wanted(line)]
        return sum(hits) / len(hits) if hits else None


def golden() -> list[Line]:
    """The typed lines, the sentences that were synthesised, and these as they were heard where that is stored."""
    lines = []
    spoken = {}
    for name in ("utterances", "spoken"):
        for row in yaml.safe_load((GOLDEN / f"{name}.yaml").read_text("utf-8")):
            entities = tuple((kind, value) for kind, value in row["entities"])
            line = Line(row["text"], row["intent"], row["region"], entities, misheard=False)
            lines.append(line)
            spoken[line.text] = line
    heard = GOLDEN / "misheard.yaml"
    for row in yaml.safe_load(heard.read_text("utf-8")) if heard.exists() else ():
        said = spoken[row["said"]]
        lines.append(Line(row["heard"], said.intent, said.region, said.entities, misheard=True))
    return lines


async def run(settings: Settings) -> None:
    """Print the tables."""
    lines = golden()
    language = Language(settings, NOW)
    misheard = sum(line.misheard for line in lines)
    show(INTRODUCTION.format(typed=len(lines) - misheard, misheard=misheard))
    async with contenders(settings, language) as all_of_them:
        results = [result for one in all_of_them if (result := await _result(one, lines)).lines]
        await _speed(all_of_them[0], all_of_them[1], lines)
    _intents(results)
    _entities(results, Judge(language.words, language.values))
    _by_intent(results[0])
    _confidence(results[0])


async def _result(contender: Contender, lines: Iterable[Line]) -> Result:
    result = Result(contender.name)
    for line in lines:
        if contender.name == UNCORRECTED and not line.misheard:
            continue
        text = contender.mend(line.text, line.home) if line.misheard and contender.mend else line.text
        result.read.append(await contender.read(text, line.home))
        result.lines.append(line)
    return result


async def _speed(ours: Contender, bare: Contender, lines: Sequence[Line]) -> None:
    """Typed understanding beside the bare call with the same text, in turns."""
    typed = [line for line in lines if not line.misheard]
    for contender in (bare, ours):
        await _result(contender, typed[:WARM])
    times: dict[str, list[float]] = {bare.name: [], ours.name: []}
    for line in typed:
        for contender in (bare, ours):
            began = time.perf_counter()
            await contender.read(line.text, line.home)
            times[contender.name].append((time.perf_counter() - began) * 1000)
    baseline = Timing("bare call of the service", times[bare.name])
    show(baseline.row())
    show(Timing("typed understanding (slips, words, values)", times[ours.name]).row(baseline))


def _intents(results: Sequence[Result]) -> None:
    show(f"\n{'intents right, %':<39}{'typed':>7}{'misheard':>9}" + "".join(f"{region[:8]:>9}" for region in REGIONS))
    for result in results:
        shares = [result.right(lambda line: not line.misheard), result.right(lambda line: line.misheard)]
        regions = [result.right(lambda line, region=region: line.region == region) for region in REGIONS]  # type: ignore[misc]
        show(
            f"{result.name:<39}{_percent(shares[0]):>7}{_percent(shares[1]):>9}"
            + "".join(f"{_percent(share):>9}" for share in regions)
        )


def _entities(results: Sequence[Result], judge: Judge) -> None:
    for misheard in (False, True):
        scores = [(result.name, _score(result, judge, misheard)) for result in results]
        if not any(line.misheard == misheard for line in results[0].lines):
            continue
        show(
            f"\n{'entity F1, %, ' + ('misheard' if misheard else 'typed'):<28}"
            + "".join(f"{SHORT.get(kind, kind):>6}" for kind in KINDS)
        )
        show(f"{'  of so many':<28}" + "".join(f"{scores[0][1].count(kind):>6}" for kind in KINDS))
        for name, score in scores[:-1]:
            if name != UNCORRECTED or misheard:
                show(f"{name[:27]:<28}" + "".join(f"{_percent(score.f1(kind)):>6}" for kind in KINDS))
        ours = scores[0][1]
        for name, part in (("ours: precision", ours.false), ("ours: recall", ours.missed)):
            shares = [ours.right[k] / (ours.right[k] + part[k]) if ours.right[k] + part[k] else None for k in KINDS]
            show(f"{name:<28}" + "".join(f"{_percent(share):>6}" for share in shares))


def _score(result: Result, judge: Judge, misheard: bool) -> Score:
    score = Score()
    for line, read in zip(result.lines, result.read, strict=True):
        if line.misheard == misheard:
            judge.judge(score, line.entities, read.entities, read.intent)
    return score


def _by_intent(ours: Result) -> None:
    show(f"\n{'ours, by intent':<20}{'n':>5}{'typed':>8}{'misheard':>10}   most often taken for")
    for intent in read_intents():
        mine = [(line, read) for line, read in zip(ours.lines, ours.read, strict=True) if line.intent == intent]
        taken = Counter(read.intent for _, read in mine if read.intent != intent)
        typed = ours.right(lambda line, intent=intent: line.intent == intent and not line.misheard)  # type: ignore[misc]
        heard = ours.right(lambda line, intent=intent: line.intent == intent and line.misheard)  # type: ignore[misc]
        often = ", ".join(f"{other} {count}" for other, count in taken.most_common(3))
        show(f"{intent:<20}{len(mine):>5}{_percent(typed):>8}{_percent(heard):>10}   {often}")


def _confidence(ours: Result) -> None:
    """How far confidence and truth are apart, and what each floor would let through."""
    sure = np.array([read.confidence for read in ours.read])
    right = np.array([read.intent == line.intent for line, read in zip(ours.lines, ours.read, strict=True)])
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [
        abs(sure[place == b].mean() - right[place == b].mean()) * (place == b).mean()
        for b in range(BINS)
        if (place == b).any()
    ]
    show(f"\nconfidence: mean gap to the share of right answers (ECE) {sum(gaps):.3f}")
    for floor in FLOORS:
        above, below = sure >= floor, sure < floor
        lost = f"{right[below].mean():.1%} of the rest would have been" if below.any() else "nothing is left out"
        show(f"  floor {floor:.2f}: {above.mean():6.1%} answered, {right[above].mean():6.1%} of them rightly; {lost}")
    worse = [floor for floor in FLOORS if (sure < floor).any() and right[sure < floor].mean() <= 0.5]
    show(f"  the highest of these floors below which no more than half is right: {max(worse, default=0.0):.2f}")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}"
