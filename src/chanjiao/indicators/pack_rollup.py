"""Rolling many packs up: the same definitions on DuckDB or Spark, as a table and as files."""

import csv
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from chanjiao.indicators.pack_words import judged, value_of
from chanjiao_engine.indicators.definitions import (
    CATEGORY_LABELS,
    Category,
    Indicator,
    IndicatorSet,
    Period,
)
from chanjiao_engine.indicators.outcomes import Outcome, State
from chanjiao_engine.indicators.packs import PackDiffers, UnreadablePack, read_unverified
from chanjiao_engine.indicators.packs.canonical import exact
from chanjiao_engine.indicators.packs.contents import FACT_PATHS, outcome_row
from chanjiao_engine.indicators.rollup import PackFacts, Rollup, rollup

HEADINGS = (
    "编号",
    "类别",
    "二级指标",
    "指标",
    "单位",
    "有值（家）",
    "最低",
    "中位",
    "最高",
    "合计",
)


@dataclass(frozen=True, slots=True)
class RolledUp:
    """The roll-up with the packs' names, in the order given."""

    chosen: IndicatorSet
    names: dict[str, str]
    result: Rollup


def roll_up(paths: Sequence[Path], engine: str) -> RolledUp:
    """All packs must bear the same set; a consortium's year may be there once."""
    with tempfile.TemporaryDirectory(prefix="cjpack-") as place:
        packs: list[PackFacts] = []
        names: dict[str, str] = {}
        seen: dict[tuple[str, Period], Path] = {}
        chosen, digest = None, ""
        for number, path in enumerate(paths, 1):
            opened = read_unverified(path)
            head, own = opened.head, f"p{number:04}"
            if digest and head.set_digest != digest:
                raise PackDiffers(f"{path} 的指标集", digest, head.set_digest)
            chosen, digest = opened.chosen, head.set_digest
            which = (head.consortium, head.period)
            if which in seen:
                raise UnreadablePack(f"{path} 与 {seen[which]} 是同一联合体同一年度的证据包")
            seen[which] = path
            folder = Path(place) / own
            folder.mkdir()
            for inside in FACT_PATHS:
                (folder / Path(inside).name).write_bytes(opened.files[inside])
            names[own] = f"{head.name} {head.period.since.year}"
            packs.append(PackFacts(own, folder, head.period, opened.typed))
        assert chosen is not None
        work = Path(place) / "work"
        work.mkdir()
        return RolledUp(chosen, names, rollup(packs, chosen, work, engine=engine))


def rollup_lines(found: RolledUp) -> Iterator[str]:
    """Totals and distribution; veto items last, with who is struck."""
    chosen = found.chosen
    yield f"{len(found.names)} 个证据包，指标集：{chosen.title} {chosen.version}（{chosen.label or '无标注'}）"
    for one in chosen.indicators:
        if one.category is not Category.VETO:
            cells = dict(zip(HEADINGS, summary_cells(found, one), strict=True))
            spread = (
                f"{cells['最低']} / {cells['中位']} / {cells['最高']}" if cells["最低"] else "无"
            )
            yield f"{one.code} {one.name}：合计 {cells['合计']}；{cells['有值（家）']} 家有值；最低/中位/最高 {spread}"
    for one in chosen.indicators:
        if one.category is Category.VETO:
            struck = [found.names[pack] for pack in found.result.struck[one.code]]
            yield f"否定性 {one.code} {one.name}：" + (
                "否决 " + "、".join(struck) if struck else "无一触发"
            )


def summary_cells(found: RolledUp, one: Indicator) -> list[str]:
    """One indicator over all packs, in the order of HEADINGS."""
    values = values_of([found.result.packs[pack][one.code] for pack in found.names])
    total = found.result.totals[one.code]
    spread = (
        [exact(values[0]), exact(middle(values)), exact(values[-1])] if values else ["", "", ""]
    )
    return [
        one.code, CATEGORY_LABELS[one.category], one.second, one.name, one.unit, str(len(values)),
        *spread, "不汇总" if one.category is Category.VETO else value_of(one, total),
    ]  # fmt: skip


def values_of(outcomes: Sequence[Outcome]) -> list[Decimal]:
    """The values there are, from low to high."""
    return sorted(o.value for o in outcomes if o.state is State.VALUE and o.value is not None)


def middle(values: Sequence[Decimal]) -> Decimal:
    """The median; of an even number the mean of the middle two, exactly."""
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def write_rollup(found: RolledUp, target: Path) -> None:
    """As Excel, CSV or JSON, by the name's ending."""
    writers = {".xlsx": _write_xlsx, ".csv": _write_csv, ".json": _write_json}
    writer = writers.get(target.suffix.lower())
    if writer is None:
        raise UnreadablePack("结果文件应以 .xlsx、.csv 或 .json 结尾")
    writer(found, target)


def rows_of(found: RolledUp) -> Iterator[list[str]]:
    """Headings, then one row per indicator with every pack's value."""
    yield [*HEADINGS, *found.names.values()]
    for one in found.chosen.indicators:
        own = [found.result.packs[pack][one.code] for pack in found.names]
        yield [*summary_cells(found, one), *(_cell(one, o) for o in own)]


def _cell(one: Indicator, o: Outcome) -> str:
    verdict = judged(one, o)
    return value_of(one, o) + (f"（{verdict}）" if verdict in ("否决", "未达标") else "")


def _write_xlsx(found: RolledUp, target: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(
        str(target), {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet, bold = book.add_worksheet("汇总"), book.add_format({"bold": True})
        sheet.write_string(
            0, 0, f"{found.chosen.title} {found.chosen.version}：{found.chosen.label}"
        )
        for number, row in enumerate(rows_of(found), 1):
            for place, text in enumerate(row):
                sheet.write_string(number, place, text, bold if number == 1 else None)
        sheet.freeze_panes(2, 4)
        sheet.set_column(3, 3, 30)


def _write_csv(found: RolledUp, target: Path) -> None:
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([_safe(cell) for cell in row] for row in rows_of(found))


def _safe(cell: str) -> str:
    """A spreadsheet takes a cell that begins like a formula for one."""
    risky = cell[:1] in "=+-@" and not cell.lstrip("-").replace(".", "").isdigit()
    return f"'{cell}" if cell and risky else cell


def _write_json(found: RolledUp, target: Path) -> None:
    value = {
        "set": {
            "code": found.chosen.code,
            "version": found.chosen.version,
            "label": found.chosen.label,
        },
        "packs": {
            found.names[pack]: [outcome_row(o) for o in found.result.packs[pack].values()]
            for pack in found.names
        },
        "totals": [outcome_row(o) for o in found.result.totals.values()],
        "struck": {
            code: [found.names[p] for p in packs] for code, packs in found.result.struck.items()
        },
    }
    target.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
