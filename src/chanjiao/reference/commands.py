"""`chanjiao reference import|load`: national tables into the database."""

import argparse
from pathlib import Path

_TABLES = ("major", "occupation", "industry", "division", "institution", "link")


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Hang `reference` below the command line."""
    parser = commands.add_parser("reference", help="国家代码表")
    inner = parser.add_subparsers(dest="what", required=True, metavar="操作")
    one = inner.add_parser("import", help="导入一张完整的代码表（CSV 或 xlsx）")
    one.add_argument("table", choices=_TABLES, help="代码表；link 为专业与职业对应")
    one.add_argument("file", type=Path, help="文件")
    one.add_argument("--version", required=True, help="版本，如 2021")
    one.add_argument("--source", required=True, help="来源，如 教职成〔2021〕2号")
    one.set_defaults(run=_import)
    load = inner.add_parser("load", help="载入随软件附带的选编")
    load.set_defaults(run=_load)


def _import(options: argparse.Namespace) -> int:
    import django

    django.setup()
    from chanjiao.kernel import clock
    from chanjiao.kernel.verdict import Refused
    from chanjiao.reference.actions import import_codes, import_links
    from chanjiao.reference.enums import Table
    from chanjiao.reference.reading import LINKS, read_codes, read_links

    if not options.file.is_file():
        print(f"没有文件 {options.file}")
        return 2
    asked = {"version": options.version, "source": options.source, "by": None, "at": clock.now()}
    try:
        if options.table == LINKS:
            edition = import_links(read_links(options.file), **asked)
        else:
            table = Table(options.table)
            edition = import_codes(table, read_codes(table, options.file), **asked)
    except Refused as refusal:
        print(refusal.reason)
        return 2
    print(f"已导入 {edition.count} 条（{options.table}，版本 {edition.version}）。")
    return 0


def _load(options: argparse.Namespace) -> int:
    import django

    django.setup()
    from chanjiao.kernel import clock
    from chanjiao.reference.shipped import load_shipped

    count = load_shipped(at=clock.now())
    print(f"已载入 {count} 条内置代码。")
    return 0
