"""An assistant by script: what it says is given by text, and each message is handled once."""

import asyncio
from collections.abc import Callable

from dialogs.messages import Inbound, Reply, ReplyKind, Turn

Script = Callable[[Inbound], Turn]


def answer(text: str, **more: object) -> Turn:
    """A turn of one answer."""
    return Turn((Reply(ReplyKind.ANSWER, text, **more),))  # type: ignore[arg-type]


def echo(inbound: Inbound) -> Turn:
    """Says back what came in."""
    if inbound.voice is not None:
        return Turn(
            (Reply(ReplyKind.ANSWER, f"录音{len(inbound.voice.data)}字节", spoken="念给您听"),), heard="苞米长虫咋整"
        )
    return answer(f"您说：{inbound.text or inbound.choice or inbound.location}", spoken="念给您听")


class Assistant:
    """A `Handler`. It remembers its turns by `external_id`, as the real one does in its database."""

    def __init__(self, script: Script = echo) -> None:
        self.script = script
        self.asked: list[Inbound] = []
        """Every call, repeated ones included."""
        self.turns: dict[str, Turn] = {}
        self.gates: dict[str, asyncio.Event] = {}
        """Texts whose answer waits until the event is set."""
        self.begun = asyncio.Event()
        """Set whenever a call comes in."""
        self.fails = 0
        """That many calls raise."""
        self.at_once = 0
        self.most_at_once = 0

    async def __call__(self, inbound: Inbound) -> Turn:
        self.asked.append(inbound)
        self.begun.set()
        if self.fails:
            self.fails -= 1
            raise RuntimeError(f"broken on {inbound.text}")
        if inbound.external_id in self.turns:
            known = self.turns[inbound.external_id]
            return Turn(known.replies, known.heard, duplicate=True)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if inbound.text in self.gates:
                await self.gates[inbound.text].wait()
            turn = self.script(inbound)
        finally:
            self.at_once -= 1
        self.turns[inbound.external_id] = turn
        return turn

    @property
    def texts(self) -> list[str | None]:
        """What was asked, in order."""
        return [inbound.text for inbound in self.asked]
