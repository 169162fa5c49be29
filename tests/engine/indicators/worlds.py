"""Random facts that keep the schema's rules: small alphabets, so that everything meets."""

import random
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from chanjiao_engine.indicators import Period, arrow_schema
from chanjiao_engine.indicators.schema import BY_NAME, TABLES, Type

YEAR = Period(date(2026, 1, 1), date(2027, 1, 1))
# The days on which an inclusive bound and an exclusive one differ.
EDGES = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
_WORDS: dict[str, tuple[Any, ...]] = {
    "side": ("企", "校", "政", "研"), "need.kind": ("post", "technology", "product"),
    "offer.kind": ("cohort", "team", "station"), "industry": ("C35", "C", "I65", "C3512", "农"),
    "occupation": ("2-02-07-01", "6-18-01-01", "2-1"), "post_kind": ("a", "b", "未填"),
    "commitment.kind": ("money", "hours"), "delivery.kind": ("money", "hours"),
    "need.state": ("published", "matched", "closed"),
    "round.kind": ("internship", "order", "employment"),
    "offer.state": ("published", "matched", "closed"),
    "person": tuple(f"P{n}" for n in range(60)), "item": ("1", "2", "3", "4"),
    "major": tuple(f"4601{n:02}" for n in range(40)),
    "programme.kind": ("order", "apprentice", "field", "college", "bridge"),
    "programme.state": ("running", "ended"), "mentor.kind": ("enterprise", "school"),
    "site": ("school", "factory", "classroom", "enterprise"),
    "teacher": ("school", "enterprise", "both"), "placement.kind": ("observe", "post"),
    "months": (0, 6, 12), "place": ("park", "city", "province", "elsewhere"),
    "destination": ("employed", "study", "self", "seeking", "unknown"),
}  # fmt: skip


class World:
    """The facts of one consortium from a seed."""

    def __init__(self, seed: int, size: int) -> None:
        self._draw = random.Random(seed)
        self.size = size
        self.rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
        self.units = [f"U{n}" for n in range(self._draw.randint(1, 5))] if size else []
        for name in ("consortium", "member", "regulation", "body", "meeting", "resolution",
                     "commitment", "delivery", "need", "need_major", "offer", "student", "round",
                     "match", "task", "evidence", "programme", "programme_major", "plan_item",
                     "enrolment", "mentor", "mentor_hours", "teacher_stay", "placement",
                     "incident", "outcome"):  # fmt: skip
            self._fill(name)

    def _fill(self, name: str) -> None:
        table = BY_NAME[name]
        count = self._draw.randint(0, self.size)
        if name == "member":
            count = len(self.units)
        taken: set[tuple[Any, ...]] = set()
        for number in range(count):
            row = {c.name: self._value(name, c, number) for c in table.columns}
            if name == "member":
                row["unit"] = self.units[number]
            _begin_before_the_end(row)
            if None in [row[c.name] for c in table.columns if c.required]:
                continue
            key = tuple(row[c] for c in table.key)
            if key not in taken:
                taken.add(key)
                self.rows[name].append(row)

    def _value(self, table: str, column: Any, number: int) -> Any:
        draw = self._draw
        if not column.required and draw.random() < 0.3:
            return None
        if column.refers:
            key = "unit" if column.refers == "member" else column.refers
            there = [row[key] for row in self.rows[column.refers]]
            return draw.choice(there) if there else None
        if column.name == table:
            return f"{table}{number}"
        words = _WORDS.get(f"{table}.{column.name}") or _WORDS.get(column.name)
        if words:
            return draw.choice(words)
        if column.name == "employer":
            return draw.choice(self.units) if self.units else None
        return self._plain(column.type)

    def _plain(self, type_: Type) -> Any:
        draw = self._draw
        if type_ is Type.INTEGER:
            return draw.choice((0, 1, 2, 3, 100, 300, 10**15, -5))
        if type_ is Type.DECIMAL:
            return draw.choice((Decimal("0.0001"), Decimal(2), Decimal("-7.5000"), Decimal(10**13)))
        if type_ is Type.DATE and draw.random() < 0.6:
            return draw.choice(EDGES)
        if type_ is Type.DATE:
            return date(2025, 11, 15) + timedelta(days=draw.randint(0, 460))
        return draw.random() < 0.5 if type_ is Type.BOOLEAN else draw.choice(("x", "y", "文"))

    def facts(self) -> dict[str, pa.Table]:
        return {
            t.name: pa.Table.from_pylist(self.rows[t.name], schema=arrow_schema(t)) for t in TABLES
        }

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        for name, table in self.facts().items():
            pq.write_table(table, folder / f"{name}.parquet")
        return folder


def _begin_before_the_end(row: dict[str, Any]) -> None:
    """[starts_on, ends_on) has a day."""
    starts, ends = row.get("starts_on"), row.get("ends_on")
    if starts is not None and ends is not None and ends <= starts:
        row["starts_on"], row["ends_on"] = ends, starts if ends < starts else None
