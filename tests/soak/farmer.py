"""A made-up farmer: comes, asks, books, presses buttons, loses the line, comes back, and leaves."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random

from tests.soak.material import clips, questions, sayings
from tests.soak.tally import Tally
from tests.soak.visitor import Json, Unanswered, Visitor

WEIGHTS: Mapping[str, float] = {
    "ask": 40,
    "press": 14,
    "price": 7,
    "weather": 7,
    "order": 5,
    "cancel": 3,
    "small": 6,
    "voice": 6,
    "listen": 1.5,
    "stand": 2,
    "repeat": 3,
    "lose_line": 3,
    "reload": 4,
    "misuse": 4,
}
"""How often each of the acts is done, against the others."""
BROKEN = ("{", "[]", "null", '{"type": "order"}', '{"type": "text", "text": "x"}', b"\x00\x01")
STATIC = "/manifest.webmanifest"
SHORT = 60
"""Characters."""
STEPS = 4
"""Turns that an order or a cancellation may take."""


def short_sounds(replies: Sequence[Json]) -> list[str]:
    """Where short replies are read out; a long one keeps two cores busy for a minute."""
    return [reply["speech"] for reply in replies if reply["speech"] and len(reply["spoken"]) < SHORT]


class Farmer:
    """One person with one phone. Whatever is not answered is a fault in the tally."""

    def __init__(self, visitor: Visitor, random: Random, tally: Tally) -> None:
        self._visitor = visitor
        self._random = random
        self._reactions = Random(random.getrandbits(64))
        self._tally = tally
        self._last: Json | None = None
        self._message = ""
        self.warned: set[str] = set()
        """Numbers of the warnings that came."""
        self.subscribed = False
        """Whether red and orange warnings must reach this farmer."""
        visitor.pushed = self._told

    @property
    def here(self) -> bool:
        """Whether the page is open."""
        return self._visitor.here

    async def live(self, acts: int, pause: float) -> None:
        """Come, do so many things with pauses of that length (seconds) on average, and go."""
        doing: Mapping[str, Callable[[], Awaitable[None]]] = {name: getattr(self, f"_{name}") for name in WEIGHTS}
        if not await self._guarded("arrive", self._arrive):
            return
        for _ in range(acts):
            await asyncio.sleep(self._random.expovariate(1 / pause))
            name = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            if not await self._guarded(name, doing[name]):
                await self._guarded("open", self._visitor.open)

    async def leave(self) -> None:
        """Close the page."""
        self.subscribed = False
        await self._visitor.hang_up()

    async def _guarded(self, name: str, act: Callable[[], Awaitable[None]]) -> bool:
        try:
            await act()
        except Unanswered as fault:
            self._tally.fault(f"{name}: {fault}")
            return False
        self._tally.events[name] += 1
        return True

    async def _arrive(self) -> None:
        await self._visitor.load()
        await self._visitor.get("page", STATIC)
        await self._say(self._random.choice(sayings().places))
        await self._say(self._random.choice(sayings().subscribing))
        for _ in range(STEPS):
            if self._kind == "ask":
                await self._say(sayings().where)
            elif self._kind == "confirm":
                await self._say(self._random.choice(sayings().agrees))
                self.subscribed = self._kind == "info"
                break

    async def _ask(self) -> None:
        await self._say(self._random.choice(questions()))
        self._doubt()

    async def _press(self) -> None:
        """A button under the last answer; a question where there is none."""
        choices = [choice for reply in (self._last or {}).get("replies", ()) for choice in reply["choices"]]
        if not choices:
            await self._ask()
            return
        self._keep(await self._visitor.say("button", type="choice", choice=self._random.choice(choices)["id"]))
        self._doubt()

    async def _price(self) -> None:
        await self._say(self._random.choice(sayings().prices))
        for reply in (self._last or {})["replies"]:
            if reply["picture"]:
                await self._visitor.get("picture", reply["picture"])

    async def _weather(self) -> None:
        await self._say(self._random.choice(sayings().weather))

    async def _small(self) -> None:
        await self._say(self._random.choice(sayings().small))
        self._doubt()

    async def _order(self) -> None:
        await self._say(sayings().order(self._random))
        await self._through("booked")

    async def _cancel(self) -> None:
        await self._say(self._random.choice(sayings().bookings))
        await self._say(self._random.choice(sayings().cancelling))
        await self._through("cancelled")

    async def _through(self, end: str) -> None:
        """Answer what is asked, say yes to what is read back."""
        for _ in range(STEPS):
            choices = [choice for reply in (self._last or {})["replies"] for choice in reply["choices"]]
            if self._kind == end:
                self._tally.events[end] += 1
                return
            if self._kind == "confirm":
                await self._say(self._random.choice(sayings().agrees))
            elif self._kind == "ask" and choices:
                self._keep(await self._visitor.say("button", type="choice", choice=self._random.choice(choices)["id"]))
            elif self._kind == "ask":
                await self._say(sayings().where)
            else:
                return

    async def _voice(self) -> None:
        answer = await self._visitor.speak(self._random.choice(clips()))
        if answer["type"] != "answer":
            raise Unanswered(f"voice: {answer['code']}")
        self._keep(answer)
        self._doubt()

    async def _listen(self) -> None:
        await self._say(self._random.choice(sayings().weather))
        for path in short_sounds((self._last or {})["replies"])[-1:]:
            await self._visitor.get("speech", path)

    async def _stand(self) -> None:
        latitude, longitude = 34.0 + self._random.random() / 5, 115.2 + self._random.random() / 5
        answer = await self._visitor.say("position", type="location", latitude=latitude, longitude=longitude)
        self._keep(answer)

    async def _repeat(self) -> None:
        """The page sends the last message again: the answer must be the same."""
        if self._last is None or not self._message:
            return
        before = self._last
        answer = await self._visitor.say("again", self._message, type="text", text=before["said"])
        if answer["replies"] != before["replies"]:
            raise Unanswered("the same message got another answer")

    async def _lose_line(self) -> None:
        """The line breaks while a message is worked on; the page sends it again on a new one."""
        message, text = self._visitor.new_id(), self._random.choice(questions())
        sending = asyncio.ensure_future(self._visitor.say("typed", message, type="text", text=text))
        await asyncio.sleep(self._random.random() / 10)
        await self._visitor.hang_up()
        with contextlib.suppress(Unanswered):
            await sending
        await asyncio.sleep(self._random.random() * 3)
        await self._visitor.open()
        self._keep(await self._visitor.say("typed", message, type="text", text=text), message, text)
        self._doubt()

    async def _reload(self) -> None:
        await self._visitor.hang_up()
        await asyncio.sleep(self._random.random() * 5)
        await self._visitor.load()

    async def _misuse(self) -> None:
        """Bad input is refused with a sentence, and the line goes on."""
        if self._random.random() < 0.5:
            code = await self._visitor.refused(self._random.choice(BROKEN))
            if code != "broken":
                raise Unanswered(f"a broken frame got {code}")
            return
        answer = await self._visitor.speak(self._random.randbytes(3_000), "audio/webm")
        if answer["type"] != "answer" or not answer["replies"]:
            raise Unanswered("noise instead of a recording got no sentence")

    async def _told(self, reply: Json) -> None:
        """A warning, an accepted order, an answer: some press what is offered."""
        self._tally.events["pushed"] += 1
        said = f"{reply['text']}{reply['detail']}"
        self.warned |= {number for number in said.replace("号", "第").split("第") if number.isdecimal()}
        wish = self._reactions.choices([sayings().received, sayings().help, ""], [80, 3, 17])[0]
        pressed = [choice["id"] for choice in reply["choices"] if choice["label"] == wish]
        if not pressed:
            return
        await asyncio.sleep(self._reactions.random() * 8)
        if not self.here:
            return
        try:
            await self._visitor.say("button", type="choice", choice=pressed[0])
            self._tally.events[f"warning: {'help' if wish == sayings().help else 'received'}"] += 1
        except Unanswered as fault:
            if self.here:  # who has hung up meanwhile presses it no more
                self._tally.fault(f"answering a warning: {fault}")

    async def _say(self, text: str) -> None:
        message = self._visitor.new_id()
        self._keep(await self._visitor.say("typed", message, type="text", text=text), message, text)

    def _keep(self, answer: Json, message: str = "", said: str = "") -> None:
        self._last, self._message = {**answer, "said": said}, message

    @property
    def _kind(self) -> str:
        return str(self._last["replies"][-1]["kind"]) if self._last and self._last["replies"] else ""

    def _doubt(self) -> None:
        """What was just read back may change the warnings; from then on none are counted on."""
        if self._kind == "confirm":
            self.subscribed = False
