"""A handler with canned replies and a mouth that hums, for tests of the web chat."""

import asyncio
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import av
import numpy as np

from dialogs.messages import Choice, Inbound, Reply, ReplyKind, Source, Turn
from nlu.speech.base import Clip

HEARD = "玉米叶子上有好多洞，长虫了咋整"
PICTURES = {"看走势": "price/1.png", "看坏图": "price/none.png"}
ARMYWORM = Reply(
    kind=ReplyKind.ANSWER,
    text="像是草地贪夜蛾，也叫行军虫。先看心叶里有没有虫粪和半透明的“窗户纸”，虫小的时候打药最管用，傍晚打。",
    spoken="像是草地贪夜蛾。虫小的时候打药最管用，傍晚打。",
    detail=(
        "1. 看清楚：早晚到地里扒开心叶，看有没有虫粪、窗户纸一样的斑。每十棵有一棵就要管。\n"
        "2. 选药：用登记在玉米上防草地贪夜蛾的药，照标签上的量，不要自己加量。\n"
        "3. 打药：傍晚打，喷头对准心叶，药水灌进喇叭口。\n"
        "4. 过七天再看一遍，还有活虫，换一种药再打一次。"
    ),
    subject="corn.fall_armyworm",
    choices=(Choice("useful", "有用"), Choice("unclear", "还没懂"), Choice("wrong", "不对")),
    sources=(
        Source(
            title="草地贪夜蛾防控技术方案",
            publisher="农业农村部",
            date=date(2024, 3, 5),
            article="第三节",
            url="https://www.moa.gov.cn/example",
        ),
    ),
)
WHICH = Reply(
    kind=ReplyKind.ASK,
    text="您问的是哪样庄稼？",
    spoken="您问的是哪样庄稼？",
    choices=(Choice("crop:corn", "玉米"), Choice("crop:wheat", "小麦"), Choice("crop:rice", "水稻")),
)
THANKS = Reply(kind=ReplyKind.INFO, text="好，记下了。")
HERE = Reply(kind=ReplyKind.INFO, text="知道您在哪了。")


def canned(inbound: Inbound) -> Turn:
    """Voice and questions on maize get the long answer, a crop's button too; anything else is asked back."""
    if inbound.voice is not None:
        return Turn((ARMYWORM,), heard=HEARD)
    if inbound.location is not None:
        return Turn((HERE,))
    if inbound.choice is not None:
        return Turn((ARMYWORM if inbound.choice.startswith("crop:") else THANKS,))
    text = inbound.text or ""
    if "玉米" in text:
        return Turn((ARMYWORM,))
    if inbound.text in PICTURES:
        return Turn((Reply(ReplyKind.ANSWER, "走势", picture=PICTURES[inbound.text]),))
    if text.startswith("你说"):
        return Turn((Reply(kind=ReplyKind.INFO, text=text.removeprefix("你说")),))
    return Turn((WHICH,))


@dataclass
class CannedHandler:
    """Answers by `script`, remembers every inbound, gives a redelivery the replies of the first time."""

    script: Callable[[Inbound], Turn] = canned
    inbounds: list[Inbound] = field(default_factory=list)
    gate: asyncio.Event | None = None
    """When set, a turn waits for it."""
    started: asyncio.Event = field(default_factory=asyncio.Event)
    _given: dict[tuple[str, str], Turn] = field(default_factory=dict)

    async def __call__(self, inbound: Inbound) -> Turn:
        self.inbounds.append(inbound)
        self.started.set()
        if self.gate is not None:
            await self.gate.wait()
        key = (inbound.user, inbound.external_id)
        if key in self._given:
            return replace(self._given[key], duplicate=True)
        self._given[key] = self.script(inbound)
        return self._given[key]


def hum(seconds: float = 0.6, pitch: float = 220.0) -> bytes:
    """A real OGG/Opus file."""
    rate = 48_000
    wave = (np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate) * 8_000).astype(np.int16)
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return file.getvalue()


@dataclass
class HummingMouth:
    """Speaks every text as the same hum, and remembers what it was asked to say."""

    said: list[str] = field(default_factory=list)
    clip: Clip = field(default_factory=lambda: Clip(hum(), 0.6))

    async def speak(self, text: str, *, slow: bool = False) -> Clip:
        self.said.append(text)
        return self.clip
