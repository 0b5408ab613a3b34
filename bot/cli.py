"""The command line. Its options and its JSON are stable: other tools read them."""

import argparse
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from bot.log import set_up_logging
from bot.settings import Settings
from knowledge_base.entry import ContentError
from nlu.training_data import BadTrainingData
from nlu.wordfile import WordsBroken

PROGRAM = "xiangyin"
_ABOUT = "乡音：帮农民问庄稼、牲口、补贴和法律上的事 / Xiangyin: a chat and voice assistant for Chinese farmers"


def parser() -> argparse.ArgumentParser:
    """All commands, with help in Chinese and English."""
    main = argparse.ArgumentParser(prog=PROGRAM, description=_ABOUT)
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about)

    add("serve", "启动：网页聊天，有令牌时也启动 Telegram / start the web chat, and Telegram when a token is set")
    add("chat", "在终端里聊 / talk to it in the terminal")
    ask = add("ask", "问一句；不给文字就从标准输入一行问一句 / one question, or one a line on standard input")
    ask.add_argument("text", nargs="*", metavar="TEXT", help="问题 / the question")
    talk = add(
        "talk", "一行一句，连着说；@now 时间、@user 名字 / one conversation, a turn a line; @now ISO, @user NAME"
    )
    hear = add("hear", "听录音文件 / hear recordings")
    hear.add_argument("files", nargs="+", type=Path, metavar="FILE", help="录音文件 / a recording")
    for command in (ask, talk, hear):
        command.add_argument("--json", action="store_true", help="一行一个 JSON / one JSON object a line")
        command.add_argument("--place", metavar="CODE", help="行政区划代码 / administrative code")
        command.add_argument("--now", metavar="ISO", help="当作现在的时间 / the time to take for now")
    add("train", "训练理解模型（数据变了才训） / train the understanding model where its inputs have changed")
    add("models", "取语音模型并校验 / fetch the speech models and check them")
    add("doctor", "检查各部件，说怎么修 / check every part and say what to do")
    knowledge = add("kb", "知识库 / the knowledge base").add_subparsers(dest="kb", required=True, metavar="COMMAND")
    about = "检查答案、词库和训练句 / check answers, lexicon and training sentences"
    knowledge.add_parser("check", help=about, description=about)
    return main


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    options = parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            sys.stderr.write(f"设置不对 / setting XIANGYIN_{name}: {fault['msg']}\n")
        return 2
    quiet = options.command in {"ask", "talk", "hear", "chat"}
    set_up_logging("ERROR" if quiet and settings.log_level == "INFO" else settings.log_level)
    try:
        return _run(options, settings)
    except (ContentError, WordsBroken, BadTrainingData) as fault:
        sys.stderr.write(
            f"答案或词库有错，改好再来 / mend this first: {fault}\n全部检查 / check all: {PROGRAM} kb check\n"
        )
        return 2
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace, settings: Settings) -> int:
    """Each command imports what it needs: `--help` and `doctor` start at once."""
    match options.command:
        case "serve":
            from bot.serve import serve  # noqa: PLC0415

            return asyncio.run(serve(settings))
        case "ask" | "talk" | "hear":
            return _try_out(options, settings)
        case "chat":
            from bot.chat import chat  # noqa: PLC0415

            return asyncio.run(chat(settings))
        case "doctor":
            from bot.doctor import doctor  # noqa: PLC0415

            return doctor(settings)
        case "kb":
            from bot.upkeep import check  # noqa: PLC0415

            return check(settings)
        case "train":
            from bot.upkeep import train_understanding  # noqa: PLC0415

            return train_understanding(settings)
        case _:
            from bot.upkeep import fetch_models  # noqa: PLC0415

            return fetch_models(settings)


def _try_out(options: argparse.Namespace, settings: Settings) -> int:
    from bot import trial  # noqa: PLC0415

    now, place, as_json = options.now, options.place, options.json
    try:
        if now:
            trial.moment(now)
        if options.command == "ask":
            texts = [" ".join(options.text)] if options.text else _lines()
            asyncio.run(trial.ask(settings, texts, now, place, as_json=as_json))
        elif options.command == "talk":
            asyncio.run(trial.talk(settings, _lines(), now, place, as_json=as_json))
        else:
            asyncio.run(trial.hear(settings, options.files, now, place, as_json=as_json))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{PROGRAM}: {error}\n")
        return 2
    return 0


def _lines() -> Iterator[str]:
    """Standard input, a line at a time; bytes that are no UTF-8 are replaced, not fatal."""
    sys.stdin.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    for line in sys.stdin:
        yield line.rstrip("\r\n")


if __name__ == "__main__":
    sys.exit(main())
