"""Commands that prepare and check: the language data, the understanding model, the speech models."""

from datetime import UTC, datetime

from bot.settings import Settings
from bot.terminal import say
from bot.understanding import examples, train_model
from knowledge_base.check import check_content
from nlu.check import check as check_language
from nlu.speech.assets import assets
from nlu.speech.fetch import AssetError, fetch
from nlu.text.normalise import Normaliser
from nlu.training import Progress, TrainingFailed
from nlu.training_data import BadTrainingData
from nlu.words import Words, WordsBroken


def check(settings: Settings) -> int:
    """Check all language data, the county's own words too; 1 if something must be mended."""
    problems: list[str] = []
    try:
        problems += check_language(*settings.word_folders)
        examples(Normaliser(Words.load(*settings.word_folders)))
    except (WordsBroken, BadTrainingData) as fault:
        problems.append(str(fault))
    report = check_content(datetime.now(UTC).date())
    problems += report.problems
    for problem in problems:
        say(f"✗ {problem}")
    say(
        f"答案 {report.entries} 条，题目 {report.subjects} 个，待复核 {len(report.needs_review)} 条，过期 {len(report.expired)} 条，未二读 {len(report.unread)} 条"
    )
    say("都对 / all in order" if not problems else f"{len(problems)} 处要改 / to be mended")
    return 1 if problems else 0


def train_understanding(settings: Settings) -> int:
    """Train where the inputs have changed; 1 if it could not be done."""

    def show(progress: Progress) -> None:
        if progress.step == "train":
            say(f"      {progress.seconds:5.1f} s  {progress.part}")
        elif progress.step == "reuse":
            say("      数据没变，用现成的 / nothing has changed")
        elif progress.step == "wait":
            say("      另一个训练正在跑，等它 / waiting for another training")

    words = Words.load(*settings.word_folders)
    try:
        train_model(settings, words, Normaliser(words), show)
    except (TrainingFailed, BadTrainingData) as failure:
        say(f"      训练没成 / training failed: {failure}")
        return 1
    return 0


def fetch_models(settings: Settings) -> int:
    """Fetch what is missing or damaged; 1 if a part could not be had."""
    failed = False
    for asset in assets().values():
        try:
            fetch(asset, settings.models, lambda line: say(f"      {line}"))
        except AssetError as error:
            failed = True
            say(f"      {error}")
    return 1 if failed else 0
