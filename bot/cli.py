"""The command line. Its options and its JSON are stable: other tools read them."""

import argparse
import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from bot import price_commands, speaker_commands
from bot.log import set_up_logging
from bot.setting_faults import faults_of
from bot.settings import Settings
from bot.tracebacks import telling
from knowledge_base.entry import ContentError
from nlu.training_data import BadTrainingData
from nlu.wordfile import WordsBroken

PROGRAM = "xiangyin"
PARTS = ("web", "worker", "scheduler", "speakers", "understanding")
KINDS = ("agronomy", "livestock", "policy", "legal", "disaster", "service")
_ABOUT = "乡音：帮农民问庄稼、牲口、补贴和法律上的事 / Xiangyin: a chat and voice assistant for Chinese farmers"


def parser() -> argparse.ArgumentParser:
    """All commands, with help in Chinese and English."""
    main = argparse.ArgumentParser(prog=PROGRAM, description=_ABOUT)
    commands = main.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, about: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=about, description=about)

    serving = add(
        "serve", "启动：网页聊天，有令牌时也启动 Telegram / start the web chat, and Telegram when a token is set"
    )
    serving.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"只启动哪些部分，不写就是全部 / only these parts, all if left out: {' '.join(PARTS)}",
    )
    add("chat", "在终端里聊 / talk to it in the terminal")
    ask = add("ask", "问一句；不给文字就从标准输入一行问一句 / one question, or one a line on standard input")
    ask.add_argument("text", nargs="*", metavar="TEXT", help="问题 / the question")
    talk = add(
        "talk", "一行一句，连着说；@now 时间、@user 名字 / one conversation, a turn a line; @now ISO, @user NAME"
    )
    talk.add_argument(
        "files",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="对话文件（.yaml），逐句核对 / golden dialogues, checked turn by turn",
    )
    hear = add("hear", "听录音文件 / hear recordings")
    hear.add_argument("files", nargs="+", type=Path, metavar="FILE", help="录音文件 / a recording")
    for command in (ask, talk, hear):
        command.add_argument("--json", action="store_true", help="一行一个 JSON / one JSON object a line")
        command.add_argument("--place", metavar="CODE", help="行政区划代码 / administrative code")
        command.add_argument("--now", metavar="ISO", help="当作现在的时间 / the time to take for now")
    add("train", "训练理解模型（数据变了才训） / train the understanding model where its inputs have changed")
    add("models", "取语音模型并校验 / fetch the speech models and check them")
    _add_backups(add)
    add("doctor", "检查各部件，说怎么修 / check every part and say what to do")
    knowledge = add("kb", "知识库 / the knowledge base").add_subparsers(dest="kb", required=True, metavar="COMMAND")
    about = "检查答案、词库和训练句 / check answers, lexicon and training sentences"
    knowledge.add_parser("check", help=about, description=about)
    _add_workbooks(knowledge)
    _add_users(add("user", "后台的账号 / accounts of the console"))
    speaker_commands.add_parsers(add)
    price_commands.add_parsers(add)
    _add_places(add("places", "乡镇和村的名字 / the names of towns and villages"))
    return main


def _add_workbooks(knowledge: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    about = "把答案写成 Excel / write the answers to an Excel workbook"
    export = knowledge.add_parser("export", help=about, description=about)
    export.add_argument(
        "--text", default="", metavar="WORDS", help="编号、标题里有 / only with these words in key or title"
    )
    export.add_argument("--kind", choices=KINDS, metavar="KIND", help="只要这一类 / only entries of this kind")
    about = "从 Excel 导入成草稿 / import an Excel workbook as drafts"
    bring = knowledge.add_parser("import", help=about, description=about)
    bring.add_argument("--dry-run", action="store_true", help="只检查，不导入 / check only")
    bring.add_argument("--by", metavar="NAME", help="以谁的名义，导入时必写 / whose drafts they are; needed to import")
    for command in (export, bring):
        command.add_argument("file", type=Path, metavar="FILE", help="Excel 文件（.xlsx） / a workbook")


def _add_places(places: argparse.ArgumentParser) -> None:
    about = "从 CSV 导入乡镇和村 / import towns and villages from CSV"
    commands = places.add_subparsers(dest="places", required=True, metavar="COMMAND")
    bring = commands.add_parser("import", help=about, description=about)
    bring.add_argument("--dry-run", action="store_true", help="只检查，不导入 / check only")
    bring.add_argument("file", type=Path, metavar="FILE", help="CSV 文件 / a CSV file")


def _add_backups(add: Callable[[str, str], argparse.ArgumentParser]) -> None:
    save = add("backup", "备份数据库和密钥，运行时也行 / save database and keys, of a running system too")
    save.add_argument("file", metavar="FILE", help="备份文件，或放备份的目录 / the file, or a folder for it")
    bring = add("restore", "把备份恢复到空的数据库 / bring a backup back into an empty database")
    bring.add_argument("file", type=Path, metavar="FILE", help="备份文件 / the file")


def _add_users(user: argparse.ArgumentParser) -> None:
    commands = user.add_subparsers(dest="user", required=True, metavar="COMMAND")
    about = {
        "add": "添加账号，密码在终端里问 / add an account; the password is asked for",
        "password": "给账号换密码，也解锁 / give an account another password; unlocks it too",
        "list": "列出账号 / list the accounts",
    }
    add, password, _ = (commands.add_parser(name, help=text, description=text) for name, text in about.items())
    add.add_argument(
        "--role",
        action="append",
        required=True,
        choices=("agent", "reviewer", "operator"),
        help="角色，可以写几次 / a role; may be given several times",
    )
    add.add_argument("--shown", default="", metavar="NAME", help="别人看到的名字 / the name that others see")
    for command in (add, password):
        command.add_argument("name", metavar="NAME", help="账号名 / name to sign in with")
        command.add_argument(
            "--password-stdin", action="store_true", help="从标准输入读密码 / read the password from standard input"
        )


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    # A start makes a million objects that stay; by its defaults the collector goes through them all, again and again.
    gc.set_threshold(100_000, 50, 100)
    options = parser().parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        for sentence in faults_of(error):
            sys.stderr.write(f"{sentence}\n")
        return 2
    quiet = options.command in {"ask", "talk", "hear", "chat"}
    level = "ERROR" if quiet and settings.log_level == "INFO" else settings.log_level
    set_up_logging(level, texts=settings.log_texts)
    try:
        return _run(options, settings)
    except (ContentError, WordsBroken, BadTrainingData) as fault:
        sys.stderr.write(
            f"答案或词库有错，改好再来 / mend this first: {fault}\n全部检查 / check all: {PROGRAM} kb check\n"
        )
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as fault:
        if not _of_the_database(fault):
            raise
        sys.stderr.write(
            f"数据库用不了 / the database cannot be used: {telling(fault)}\n看看怎么办 / see: {PROGRAM} doctor\n"
        )
        return 1


def _of_the_database(fault: Exception) -> bool:
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 - `--help` starts at once

    return isinstance(fault, SQLAlchemyError)


def _run(options: argparse.Namespace, settings: Settings) -> int:
    """Each command imports what it needs: `--help` and `doctor` start at once."""
    match options.command:
        case "serve":
            from bot.serve import serve  # noqa: PLC0415

            return asyncio.run(serve(settings, options.parts))
        case "ask" | "talk" | "hear":
            return _try_out(options, settings)
        case "chat":
            from bot.chat import chat  # noqa: PLC0415

            return asyncio.run(chat(settings))
        case "doctor":
            from bot.doctor import doctor  # noqa: PLC0415

            return doctor(settings)
        case "kb":
            return _knowledge(options, settings)
        case "user":
            return _users(options, settings)
        case "speaker" | "speakers" | "prices" | "places":
            return _lists(options, settings)
        case "backup" | "restore":
            from bot import backup  # noqa: PLC0415

            work = backup.backup if options.command == "backup" else backup.restore
            return work(settings, options.file, settings.backup_key.get_secret_value())
        case _:
            from bot.upkeep import fetch_models, train_understanding  # noqa: PLC0415

            return train_understanding(settings) if options.command == "train" else fetch_models(settings)


def _lists(options: argparse.Namespace, settings: Settings) -> int:
    """What a county brings or registers: prices, places, loudspeakers."""
    if options.command == "prices":
        return price_commands.run(options, settings)
    if options.command == "places":
        from bot import places  # noqa: PLC0415

        return places.bring_in(settings, options.file, dry_run=options.dry_run)
    return speaker_commands.run(options, settings)


def _knowledge(options: argparse.Namespace, settings: Settings) -> int:
    if options.kb == "check":
        from bot.upkeep import check  # noqa: PLC0415

        return check(settings)
    from bot import workbook  # noqa: PLC0415
    from knowledge_base.curation.catalogue import Filter  # noqa: PLC0415

    if options.kb == "export":
        return workbook.export(settings, options.file, Filter(text=options.text, kind=options.kind))
    if not options.dry_run and not options.by:
        sys.stderr.write(f"{PROGRAM}: 导入要写 --by NAME；只检查写 --dry-run / --by or --dry-run is needed\n")
        return 2
    return workbook.bring_in(settings, options.file, options.by, dry_run=options.dry_run)


def _users(options: argparse.Namespace, settings: Settings) -> int:
    from bot import accounts  # noqa: PLC0415

    if options.user == "list":
        return accounts.list_users(settings)
    if options.user == "add":
        return accounts.add_user(settings, options.name, options.shown, options.role, from_input=options.password_stdin)
    return accounts.set_password(settings, options.name, from_input=options.password_stdin)


def _try_out(options: argparse.Namespace, settings: Settings) -> int:
    from bot import trial  # noqa: PLC0415
    from bot.dialogues import DialoguesBroken, moment  # noqa: PLC0415

    now, place, as_json = options.now, options.place, options.json
    try:
        if now:
            moment(now)
        if options.command == "ask":
            texts = [" ".join(options.text)] if options.text else _lines()
            asyncio.run(trial.ask(settings, texts, now, place, as_json=as_json))
        elif options.command == "talk" and options.files:
            return 1 if asyncio.run(trial.play(settings, options.files, now, place, as_json=as_json)) else 0
        elif options.command == "talk":
            asyncio.run(trial.talk(settings, _lines(), now, place, as_json=as_json))
        else:
            asyncio.run(trial.hear(settings, options.files, now, place, as_json=as_json))
    except (OSError, ValueError, DialoguesBroken) as error:
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
