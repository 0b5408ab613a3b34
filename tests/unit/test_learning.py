"""What is published is learned by the ear, once."""

from bot.learning import Learning
from knowledge_base.store import Store
from tests.fakes.curation import Curation


class Pupil:
    def __init__(self) -> None:
        self.phrases: list[list[str]] = []

    async def learn(self, phrases: list[str]) -> None:
        self.phrases.append(phrases)


async def test_what_is_published_elsewhere_is_learned_once(store: Store) -> None:
    desk, pupil = Curation(store), Pupil()
    await desk.shipped()
    learning = Learning(desk.another_library(), pupil, await desk.library.stamp())
    await learning()
    assert pupil.phrases == []
    await desk.published(asks=["飞碟落在玉米地", "二", "三", "四", "五"])
    for _ in range(2):
        await learning()
    (phrases,) = pupil.phrases
    assert "飞碟落在玉米地" in phrases
