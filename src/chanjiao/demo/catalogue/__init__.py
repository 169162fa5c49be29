"""What the demonstration is made of, as CSV files beside this one. Amounts are 元 or 万元.

Apart from the three leads' names everything is fictional, and says so: every other unit has
示例 in its name. docs/demo.md lists the assumptions.
"""

import csv
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from chanjiao_engine.codes import make_credit_code

FOLDER = Path(__file__).resolve().parent
Row = dict[str, str]


@cache
def rows(name: str) -> Sequence[Row]:
    """The rows of one file, each a mapping of column to text."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def units() -> dict[str, Row]:
    """The fifty units by key."""
    return {row["key"]: row for row in rows("units")}


def credit_code(unit: Row) -> str:
    """A fictional code with valid check digits, made from the unit's row."""
    return make_credit_code(unit["registration"], unit["division"], unit["serial"])


def of_unit(name: str, key: str) -> list[Row]:
    """The rows of a file that belong to one unit."""
    return [row for row in rows(name) if row.get("unit", row.get("school")) == key]
