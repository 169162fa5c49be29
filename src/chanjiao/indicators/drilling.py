"""The rows behind a number, filtered by what the viewer may see."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from chanjiao.files.models import StoredFile
from chanjiao.indicators.bridge import scope_of, table_of
from chanjiao.indicators.computing import set_of_text, span_of
from chanjiao.indicators.enums import LIVE
from chanjiao.indicators.models import Period
from chanjiao.indicators.packing import pack_facts
from chanjiao.indicators.queries import snapshot_of
from chanjiao.indicators.viewing import narrowed
from chanjiao_engine.indicators.arrow import empty_facts
from chanjiao_engine.indicators.checking import formulas_of
from chanjiao_engine.indicators.definitions import Indicator
from chanjiao_engine.indicators.expressions import references
from chanjiao_engine.indicators.formulas import Formula, is_select
from chanjiao_engine.indicators.rows import COUNTED, Rows, rows_behind
from chanjiao_engine.indicators.schema import BY_NAME
from chanjiao_engine.indicators.workspace import open_workspace

SHOWN_ROWS = 200
EXPORTED_ROWS = 100_000
PART_TITLES = {"numerator": "分子", "denominator": "分母"}


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a numerator or a denominator that the viewer may see.

    `total` are those, `hidden` the ones not shown to this viewer. `keys` name the first columns
    that identify a row, for links to its page. `note` says what the rows cannot show.
    """

    title: str
    table: str
    table_title: str
    headings: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int
    hidden: int
    distinct: bool
    note: str = ""

    @property
    def cut(self) -> int:
        """How many rows there are beyond those listed."""
        return self.total - len(self.rows)


@dataclass(frozen=True, slots=True)
class Behind:
    """What an indicator is made of: its own rows, or the other indicators it is computed from."""

    parts: tuple[Part, ...]
    references: tuple[str, ...]


def rows_of(
    period: Period,
    indicator: Indicator,
    *,
    unit_code: str | None,
    group: str | None = None,
    limit: int = SHOWN_ROWS,
) -> Behind:
    """With `unit_code` as that member sees them; None is the secretariat, which sees all."""
    formulas = formulas_of(indicator)
    facts = facts_needed(period, (name for _, one in formulas for name in one.tables))
    seen = facts if unit_code is None else empty_facts() | narrowed(facts, unit_code)
    parts = []
    for field, formula in formulas:
        own = _ask(seen, formula, period, group, limit)
        every = own.total if unit_code is None else _ask(facts, formula, period, group, 0).total
        title = PART_TITLES[field] if len(formulas) > 1 else ""
        parts.append(_part(title, own, max(every - own.total, 0)))
    return Behind(tuple(parts), _references(indicator))


def _references(one: Indicator) -> tuple[str, ...]:
    """The indicators another one is computed from."""
    texts = (text for text in (one.numerator, one.denominator) if text.strip())
    found = (code for text in texts if not is_select(text) for code in references(text))
    return tuple(dict.fromkeys(found))


def _ask(
    facts: dict[str, pa.Table], formula: Formula, period: Period, group: str | None, limit: int
) -> Rows:
    with open_workspace(facts) as workspace:
        return rows_behind(workspace, formula, span_of(period), group=group, limit=limit)


def facts_needed(period: Period, names: Iterable[str]) -> dict[str, pa.Table]:
    """The facts a formula reads (and what those hang on): live ones read now, frozen ones kept."""
    wanted = set(names)
    wanted |= {"need"} if "need_major" in wanted else set()
    wanted |= {"evidence"} if "evidence_use" in wanted else set()
    file = frozen_file(period)
    if file is not None:
        kept = pack_facts(file)
        return empty_facts() | {name: kept[name] for name in wanted}
    scope = scope_of(period)
    return empty_facts() | {name: table_of(name, scope) for name in sorted(wanted)}


def frozen_file(period: Period) -> StoredFile | None:
    """The pack a period no longer live stands on."""
    if period.state in LIVE:
        return None
    snapshot = snapshot_of(period)
    return snapshot.pack.file if snapshot is not None and hasattr(snapshot, "pack") else None


def set_for(period: Period) -> str:
    """The text of the set that the period's values were made with."""
    if period.state not in LIVE:
        snapshot = snapshot_of(period)
        if snapshot is not None:
            return snapshot.set_text
    return period.set_version.text


def indicator_of(period: Period, code: str) -> Indicator | None:
    """The period's indicator of a code."""
    found = set_of_text(set_for(period))
    return next((one for one in found.indicators if one.code == code), None)


def _part(title: str, found: Rows, hidden: int) -> Part:
    table = BY_NAME.get(found.table)
    names = found.columns
    return Part(
        title=title,
        table=found.table,
        table_title=table.title if table else "合并的数据",
        headings=tuple(heading_of(name, found.table) for name in names),
        names=names,
        rows=tuple(tuple(written(cell) for cell in row) for row in found.rows),
        total=found.total,
        hidden=hidden,
        distinct=found.distinct,
        note=found.note,
    )


def heading_of(name: str, table: str) -> str:
    """A column's Chinese title; of a joined table with that table's name before it."""
    if name == COUNTED:
        return "计入"
    name = name.rstrip("_")  # two columns of one name are told apart so
    home = BY_NAME.get(table)
    if home is not None and any(column.name == name for column in home.columns):
        return home.column(name).title
    for other in BY_NAME.values():
        for column in other.columns:
            if name == f"{other.name}_{column.name}":
                return f"{other.title}·{column.title}"
    plain = next((c for t in BY_NAME.values() for c in t.columns if c.name == name), None)
    return plain.title if plain else name


def written(cell: Any) -> Any:
    """A cell as people read it."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, Decimal):
        return format(cell.normalize(), "f")
    if isinstance(cell, date):
        return cell.isoformat()
    return cell
