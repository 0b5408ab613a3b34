"""The command `xiangyin prices`: its options, and what it runs."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from bot.settings import Settings

Add = Callable[[str, str], argparse.ArgumentParser]


def add_parsers(add: Add) -> None:
    """Add the command."""
    commands = add("prices", "行情价格 / market prices").add_subparsers(dest="prices", required=True, metavar="COMMAND")
    about = "从 CSV 或 Excel 导入价格 / import prices from CSV or Excel"
    bring = commands.add_parser("import", help=about, description=about)
    bring.add_argument("file", type=Path, metavar="FILE", help="CSV 或 .xlsx / the file")
    bring.add_argument("--dry-run", action="store_true", help="只检查，不导入 / check only")
    bring.add_argument(
        "--source", default="", metavar="NAME", help="价格是哪里来的，会说给农民听 / whose prices they are"
    )
    bring.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=HEADER",
        help="哪一列是什么，如 mid=成交价，可写多次 / which column is which",
    )
    bring.add_argument(
        "--unit", default="", metavar="UNIT", help="文件没写单位时用，如 元/公斤 / where the file has none"
    )
    bring.add_argument("--market", default="", metavar="NAME", help="文件没写市场时用 / where the file has none")
    bring.add_argument(
        "--place", default="", metavar="CODE", help="文件没写地方时用，代码或县名 / where the file has none"
    )


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Run it."""
    from bot import prices  # noqa: PLC0415
    from knowledge_base.markets.headings import Options  # noqa: PLC0415

    try:
        columns = prices.mapping(options.map)
    except ValueError as fault:
        sys.stderr.write(f"--map 要写成 FIELD=HEADER / must be FIELD=HEADER: {fault}\n")
        return 2
    source = options.source or options.file.stem
    said = Options(source, columns, options.unit, options.market, options.place)
    return prices.bring_in(settings, options.file, said, dry_run=options.dry_run)
