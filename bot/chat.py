"""`xiangyin chat`: a person at a terminal."""

import asyncio
import sys
import tempfile
import uuid
from pathlib import Path

from bot.app import assemble, system_clock
from bot.settings import Settings
from dialogs.messages import Inbound

CHANNEL = "terminal"
USER = "operator"
BYE = {"退出", "quit", "exit"}


async def chat(settings: Settings) -> int:
    """Talk until the end of input or 退出. Choices are pressed by their number."""
    sys.stdout.write("正在启动，约 10 秒 / starting, about 10 s ...\n")
    with tempfile.TemporaryDirectory(prefix="xiangyin-") as folder:
        async with assemble(settings, Path(folder), wait=True) as system:
            sys.stdout.write("请说。退出请打“退出”。/ Go ahead; 退出 ends it.\n")
            offered: list[str] = []
            while (line := await asyncio.to_thread(_read)) is not None and line not in BYE:
                pressed = offered[int(line) - 1] if line.isdecimal() and 0 < int(line) <= len(offered) else None
                text = None if pressed else line
                inbound = Inbound(CHANNEL, USER, uuid.uuid4().hex, system_clock(), text=text, choice=pressed)
                turn = await system.assistant.turn(inbound)
                offered = [choice.id for reply in turn.replies for choice in reply.choices]
                labels = [choice.label for reply in turn.replies for choice in reply.choices]
                for reply in turn.replies:
                    sys.stdout.write(f"\n{reply.text}\n")
                    if reply.detail:
                        sys.stdout.write(f"\n{reply.detail}\n")
                    for source in reply.sources:
                        sys.stdout.write(f"来源：{source.title}，{source.publisher}，{source.date}\n")
                sys.stdout.write("".join(f"  [{n}] {label}" for n, label in enumerate(labels, 1)) + "\n")
    return 0


def _read() -> str | None:
    sys.stdout.write("> ")
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.strip() if line else None
