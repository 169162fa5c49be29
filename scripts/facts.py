"""Write docs/facts.md from the fact schema; `--check` only says whether it is current."""

import sys
from pathlib import Path

from chanjiao_engine.indicators.schema import SCHEMA_VERSION, TABLES, Column, Table

FILE = Path(__file__).resolve().parents[1] / "docs" / "facts.md"


def text() -> str:
    head = (
        "# 事实数据\n\nMade by `scripts/facts.py` from `chanjiao_engine/indicators/schema.py`.\n\n"
        f"Version {SCHEMA_VERSION}. What leaves a consortium's database: the input of every "
        "indicator, and the tables of an evidence pack. Units are named by credit code, persons by a "
        "pseudonym keyed for one pack. 级别 is 1 (public) to 4 (sensitive), after JY/T 0661.\n"
    )
    return head + "".join(_table(table) for table in TABLES)


def _table(table: Table) -> str:
    lines = [
        f"\n## {table.name} {table.title}\n",
        f"{table.meaning}。Key: {', '.join(table.key)}.\n",
        "| column | type | 名称 | 含义 | 单位 | 类别 | 级别 | required |",
        "|---|---|---|---|---|---|---|---|",
        *(_column(column) for column in table.columns),
    ]
    return "\n".join(lines) + "\n"


def _column(column: Column) -> str:
    meaning = column.meaning + (f" → {column.refers}" if column.refers else "")
    return (
        f"| {column.name} | {column.type} | {column.title} | {meaning} | {column.unit} "
        f"| {column.data_class} | {column.level} | {'yes' if column.required else ''} |"
    )


def main(check: bool) -> int:
    current = FILE.exists() and FILE.read_text(encoding="utf-8") == text()
    if check and not current:
        print("run scripts/facts.py")
    if not check:
        FILE.write_text(text(), encoding="utf-8")
    return int(check and not current)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
