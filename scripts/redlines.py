"""Write docs/redlines.md from the rules, limits and facts; `--check` only says whether it is current."""

import sys
from datetime import date
from pathlib import Path

from chanjiao_engine.redlines import (
    HEADINGS,
    LIMITS,
    NATIONAL,
    PROFILES,
    RULES,
    TABLES,
    Limit,
    Rule,
    load,
)
from chanjiao_engine.redlines.schema import Column, Table

FILE = Path(__file__).resolve().parents[1] / "docs" / "redlines.md"
ON = date(2026, 1, 1)
HEAD = (
    "| code | 规则 | 依据 | 时点 | 处置 | 谁补正 | 可由谁豁免，凭什么 | 看哪些事实 | 核对 | 自 |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


def text() -> str:
    return "\n".join([
        "# 实习红线\n",
        "Made by `scripts/redlines.py` from `chanjiao_engine/redlines`.\n",
        "Article numbers stand only where the article's own text was read. 待核: neither read in the "
        "notice nor quoted alike by two; such a severity or limit may be changed by a setting. A fact nobody "
        "has stated is 待补 and shuts the gate like a violation. Rules without 认识实习 are asked of "
        "岗位实习 only.\n",
        f"## {NATIONAL}\n", HEAD, *(_rule(rule) for rule in RULES),
        *(line for name in PROFILES if name != NATIONAL for line in _province(name)),
        "\n## 限值\n", "| name | 值 | 单位 | 自 | 依据 | 核对 |\n|---|---:|---|---|---|---|",
        *(_limit(limit) for limit in LIMITS),
        "\n## 事实\n",
        "What `Facts.of` takes: tables of text ids, whole numbers, dates and booleans. Periods are "
        "half-open. Every column but those required may be empty.",
        *(_table(table) for table in TABLES),
        "\n## 名单\n",
        "Headings that `evaluate_roster` reads, in any order; the last day itself is written, not the "
        "day after, and money in 元.\n",
        "| 表头 | fact |\n|---|---|",
        *(f"| {heading} | {fact} |" for heading, (fact, _) in HEADINGS.items()),
    ]) + "\n"  # fmt: skip


def _rule(rule: Rule) -> str:
    waiver = f"{rule.waiver}，{rule.proof}" if rule.waiver else "不可豁免"
    needs = "、".join(f"`{need}`" for need in rule.needs)
    words = rule.text if rule.internship else f"{rule.text}（含认识实习）"
    return (
        f"| {rule.code} | {words} | {rule.cites} | {rule.stage} | {rule.severity} | {rule.mender} "
        f"| {waiver} | {needs} | {rule.status} | {rule.since} |"
    )


def _province(name: str) -> list[str]:
    """What is different from the national rules."""
    rules = [rule for rule in load(name, on=ON).rules if rule not in RULES]
    return [f"\n## {name}\n", "Added to the national rules, or in place of those of the same code.\n",
            HEAD, *(_rule(rule) for rule in rules)]  # fmt: skip


def _limit(limit: Limit) -> str:
    return (
        f"| {limit.name} | {limit.value} | {limit.unit} | {limit.since} | {limit.source} "
        f"| {limit.status} |"
    )


def _table(table: Table) -> str:
    return "\n".join([
        f"\n### {table.name} {table.title}\n", f"Key: {', '.join(table.key)}.\n",
        "| column | type | 名称 | 单位 | 含义 | required |\n|---|---|---|---|---|---|",
        *(_column(column) for column in table.columns),
    ])  # fmt: skip


def _column(column: Column) -> str:
    meaning = column.meaning + (f"→ {column.refers}" if column.refers else "")
    return (
        f"| {column.name} | {column.type} | {column.title} | {column.unit} | {meaning} "
        f"| {'yes' if column.required else ''} |"
    )


def main(check: bool) -> int:
    current = FILE.exists() and FILE.read_text(encoding="utf-8") == text()
    if check and not current:
        print("run scripts/redlines.py")
    if not check:
        FILE.write_text(text(), encoding="utf-8")
    return int(check and not current)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv))
