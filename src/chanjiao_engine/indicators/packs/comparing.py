"""What is different between two packs: facts by key, indicators, definitions."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import polars as pl
import pyarrow as pa

from ..definitions import Indicator, IndicatorSet
from ..outcomes import Outcome
from ..schema import TABLES, Table
from .contents import outcome_row
from .verifying import Opened

SHOWN = 20


@dataclass(frozen=True, slots=True)
class TableChange:
    """Rows by key; `keys` are the first few of each kind. Persons have other pseudonyms in every
    pack, so their tables are compared by their number of rows only (`by_key` false)."""

    table: Table
    rows: tuple[int, int]
    by_key: bool
    added: int = 0
    removed: int = 0
    changed: int = 0
    keys: Mapping[str, tuple[str, ...]] | None = None

    @property
    def differs(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.rows[0] != self.rows[1])


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """An indicator's outcome before and after; None where only one of the packs has it."""

    code: str
    name: str
    before: Outcome | None
    after: Outcome | None


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """A field of an indicator that reads otherwise; `field` is empty for a new or dropped one."""

    code: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    tables: tuple[TableChange, ...]
    outcomes: tuple[OutcomeChange, ...]
    definitions: tuple[DefinitionChange, ...]

    @property
    def same(self) -> bool:
        return not (self.outcomes or self.definitions or any(t.differs for t in self.tables))


def compare(before: Opened, after: Opened) -> Comparison:
    """Of two packs that were read with their facts and sets."""
    assert before.chosen is not None and after.chosen is not None
    tables = tuple(_table(t, before.facts[t.name], after.facts[t.name]) for t in TABLES)
    return Comparison(
        tables,
        tuple(_outcomes(before, after, after.chosen, before.chosen)),
        tuple(_definitions(before.chosen, after.chosen)),
    )


def _table(table: Table, old: pa.Table, new: pa.Table) -> TableChange:
    rows = (old.num_rows, new.num_rows)
    if any(table.column(name).person for name in table.key):
        return TableChange(table, rows, by_key=False)
    left, right = (pl.DataFrame(pl.from_arrow(part)) for part in (old, new))
    key = list(table.key)
    added = right.join(left, on=key, how="anti")
    removed = left.join(right, on=key, how="anti")
    same = left.join(right, on=left.columns, how="semi", nulls_equal=True)
    changed = left.join(removed, on=key, how="anti").join(same, on=key, how="anti")
    parts = {"added": added, "removed": removed, "changed": changed}
    return TableChange(
        table, rows, True, added.height, removed.height, changed.height,
        {kind: _keys(part, key) for kind, part in parts.items()},
    )  # fmt: skip


def _keys(part: pl.DataFrame, key: list[str]) -> tuple[str, ...]:
    shown = part.select(key).sort(key).head(SHOWN)
    return tuple(" · ".join(map(str, row)) for row in shown.iter_rows())


def _outcomes(
    before: Opened, after: Opened, named: IndicatorSet, named_before: IndicatorSet
) -> list[OutcomeChange]:
    old, new = ({o.code: o for o in pack.outcomes} for pack in (before, after))
    names = {i.code: i.name for i in (*named_before.indicators, *named.indicators)}
    return [
        OutcomeChange(code, names.get(code, ""), old.get(code), new.get(code))
        for code in dict.fromkeys((*new, *old))
        if _row(old.get(code)) != _row(new.get(code))
    ]


def _row(outcome: Outcome | None) -> dict[str, Any] | None:
    return outcome_row(outcome) if outcome else None


def _definitions(old: IndicatorSet, new: IndicatorSet) -> list[DefinitionChange]:
    olds, news = ({i.code: i for i in chosen.indicators} for chosen in (old, new))
    found = []
    for code in dict.fromkeys((*news, *olds)):
        one, other = olds.get(code), news.get(code)
        if one is None or other is None:
            found.append(
                DefinitionChange(code, "", one.name if one else "", other.name if other else "")
            )
        else:
            found += [
                DefinitionChange(
                    code, f.name, str(getattr(one, f.name)), str(getattr(other, f.name))
                )
                for f in fields(Indicator)
                if getattr(one, f.name) != getattr(other, f.name)
            ]
    return found
