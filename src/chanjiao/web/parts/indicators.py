"""Values of a period as pages show them: lines, lights, findings by second level, rows behind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.urls import reverse

from chanjiao.indicators.changes import Change
from chanjiao.indicators.computing import Standing
from chanjiao.indicators.drilling import EXPORTED_ROWS, Behind, Part, rows_of
from chanjiao.indicators.models import Confirmation, Period, Snapshot, TypedValue
from chanjiao.indicators.values import from_json, number_shown, shown, threshold_shown
from chanjiao.kernel import clock
from chanjiao.web.parts.charts import Chart, bars
from chanjiao.web.parts.columns import ListColumn
from chanjiao.web.parts.export import export
from chanjiao.web.parts.fact_words import in_words
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.palette import AMBER, BLUE, GREEN, PALE, RED
from chanjiao_engine.indicators.definitions import (
    CATEGORY_LABELS,
    SOURCE_LABELS,
    Category,
    Indicator,
    Source,
)
from chanjiao_engine.indicators.outcomes import Outcome, State

# How an indicator stands; veto indicators are lights and are not counted here.
STANDS = {
    "reached": "达标", "valued": "有值", "short": "未达标", "open": "待填报",
    "absent": "暂无来源",
}  # fmt: skip
STAND_COLOURS = (GREEN, BLUE, RED, AMBER, PALE)
# A mark beside the colour, so that print and colour-blind readers see it too.
MARKS = {Source.TYPED: "填", Source.CONFIRMED: "核", Source.COMPUTED: "算", Source.ABSENT: "—"}


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator with its value, ready to draw.

    `doubt`: of a veto, how many rows are suspected and not decided, so that they do not count yet.
    """

    one: Indicator
    outcome: Outcome | None
    url: str
    value: str
    threshold: str
    mark: str
    mark_title: str
    judged: str
    tone: str
    why: str
    groups: tuple[tuple[str, str], ...]
    change: Change | None
    waiting: bool
    confirmed: str
    doubt: int = 0

    @property
    def stand(self) -> str:
        """How it stands: a key of STANDS."""
        return stand_of(self.one, self.outcome)

    @property
    def look(self) -> str:
        """The class of the value's cell."""
        if self.outcome is None or self.outcome.state is not State.VALUE:
            return "value-missing"
        return "value-typed" if self.one.source is Source.TYPED else "value-plain"


@dataclass(frozen=True, slots=True)
class Block:
    """A second level with its lines."""

    second: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Level:
    """A first level; veto lines stand apart as lights."""

    category: Category
    label: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class Extras:
    """What only the secretariat's pages add to a line. Others are not told what awaits its word."""

    changes: Mapping[str, Change] = field(default_factory=dict)
    waiting: Mapping[str, TypedValue] = field(default_factory=dict)
    confirmed: Mapping[str, Confirmation] | None = None
    doubts: Mapping[str, int] = field(default_factory=dict)


NOTHING = Extras()


def lines_of(
    standing: Standing, address: Callable[[str], str], extras: Extras = NOTHING
) -> list[Line]:
    """Every indicator of the set in its order."""
    return [
        line_of(one, standing.outcomes.get(one.code), address(one.code), extras)
        for one in standing.found.indicators
    ]


def line_of(one: Indicator, outcome: Outcome | None, url: str, extras: Extras = NOTHING) -> Line:
    judged, tone = _judged(one, outcome)
    groups = outcome.groups if outcome and outcome.state is State.VALUE else ()
    return Line(
        one=one,
        outcome=outcome,
        url=url,
        value=_value(one, outcome),
        threshold=threshold_shown(one),
        mark=MARKS[one.source],
        mark_title=SOURCE_LABELS[one.source],
        judged=judged,
        tone=tone,
        why=outcome.message if outcome and outcome.state is State.UNDEFINED else "",
        groups=tuple((label, number_shown(one, number)) for label, number in groups),
        change=extras.changes.get(one.code),
        waiting=one.code in extras.waiting,
        confirmed=""
        if extras.confirmed is None
        else _confirmed(one, outcome, extras.confirmed.get(one.code)),
        doubt=extras.doubts.get(one.code, 0),
    )


def _value(one: Indicator, outcome: Outcome | None) -> str:
    if outcome is None:
        return "暂无数据来源" if one.source is Source.ABSENT else "尚未计算"
    return shown(one, outcome)


def _confirmed(one: Indicator, outcome: Outcome | None, row: Confirmation | None) -> str:
    if one.source is not Source.CONFIRMED or outcome is None or outcome.state is not State.VALUE:
        return ""
    if row is None:
        return "待确认"
    return "已确认" if row.value == outcome.value else "数值已变化，需重新确认"


def _judged(one: Indicator, outcome: Outcome | None) -> tuple[str, str]:
    if outcome is None or outcome.state is not State.VALUE:
        return "", "idle"
    if one.category is Category.VETO:
        return ("触发否决", "bad") if outcome.struck else ("未触发", "good")
    if outcome.reached is None:
        return outcome.band, "idle"
    word = "达标" if outcome.reached else "未达标"
    return (f"{word}·{outcome.band}" if outcome.band else word), (
        "good" if outcome.reached else "warn"
    )


def stand_of(one: Indicator, outcome: Outcome | None) -> str:
    """A key of STANDS; what is not computed yet, or cannot be, is open."""
    if outcome is None:
        return "absent" if one.source is Source.ABSENT else "open"
    if outcome.state is not State.VALUE:
        return "absent" if outcome.state is State.ABSENT else "open"
    return {True: "reached", False: "short", None: "valued"}[outcome.reached]


def narrowed_to(lines: list[Line], second: str, stand: str) -> list[Line]:
    """The lines of a second level, or that stand in one way, or both; lights stay."""
    return [
        line
        for line in lines
        if line.one.category is Category.VETO
        or (second in {"", line.one.second} and stand in {"", line.stand})
    ]


def levels_of(lines: list[Line]) -> list[Level]:
    """By first and second level; the veto level is not among them."""
    found: dict[Category, dict[str, list[Line]]] = {}
    for line in lines:
        if line.one.category is not Category.VETO:
            found.setdefault(line.one.category, {}).setdefault(line.one.second, []).append(line)
    return [
        Level(category, CATEGORY_LABELS[category], [Block(s, rows) for s, rows in blocks.items()])
        for category, blocks in found.items()
    ]


def lights_of(lines: list[Line]) -> list[Line]:
    """The veto indicators; they stand apart and are counted with no others."""
    return [line for line in lines if line.one.category is Category.VETO]


def by_second(lines: list[Line], source: str, at: datetime) -> Chart:
    """How many indicators of each second level reach their threshold; veto ones are left out."""
    counts: dict[str, dict[str, int]] = {}
    for line in lines:
        if line.one.category is Category.VETO:
            continue
        row = counts.setdefault(line.one.second, dict.fromkeys(STANDS, 0))
        row[line.stand] += 1
    rows = [{"second": second} | row for second, row in counts.items()]
    return Chart(
        key="second", title=_finding(counts), rows=rows, source=source, updated_at=at,
        columns=(
            ListColumn("second", "二级指标"),
            *(ListColumn(key, name, kind="number", unit="项") for key, name in STANDS.items()),
        ),
        drawing=bars("second", *STANDS, stacked=True, lying=True, colours=STAND_COLOURS),
    )  # fmt: skip


def _finding(counts: Mapping[str, Mapping[str, int]]) -> str:
    reached = sum(row["reached"] for row in counts.values())
    judged = reached + sum(row["short"] for row in counts.values())
    missing = sum(row["open"] + row["absent"] for row in counts.values())
    if not judged:
        return f"还没有可以判定的指标，{missing} 项没有数值"
    worst = max(counts, key=lambda second: counts[second]["short"])
    said = f"设有界限的 {judged} 项中 {reached} 项达标"
    if counts[worst]["short"]:
        said += f"，未达标最多的是“{worst}”（{counts[worst]['short']} 项）"
    return said


# Rows behind a number ----------------------------------------------------------------------------
_DESK_LISTS = {
    "member": ("desk:member_list", "unit"), "evidence": ("desk:evidence_list", "evidence"),
    "round": ("desk:round_list", "round"),
}  # fmt: skip
_NEED_LISTS = {
    "post": "post_list", "technology": "technology_list", "product": "product_list",
    "cohort": "cohort_list", "team": "team_list", "station": "station_list",
}  # fmt: skip


def drawn(part: Part, audience: str) -> dict[str, Any]:
    """A part with an address for each row where the platform has a page that lists it."""
    linked = _linker(part, audience)
    return {
        "part": part,
        "rows": [
            (linked(row), said[0] if said else "", list(zip(part.headings, said, strict=True))[1:])
            for row, said in zip(part.rows, in_words(part), strict=True)
        ],
    }


def _linker(part: Part, audience: str) -> Callable[[tuple[Any, ...]], str]:
    places = {name: at for at, name in enumerate(part.names)}
    if part.table in {"need", "offer"} and "kind" in places:

        def listed(row: tuple[Any, ...]) -> str:
            page = _NEED_LISTS.get(str(row[places["kind"]]), "")
            return _searched(f"{audience}:{page}", row[places[part.table]]) if page else ""

        return listed
    name, key = _DESK_LISTS.get(part.table, ("", ""))
    if audience != "desk" or not name or key not in places:
        return lambda row: ""
    return lambda row: _searched(name, row[places[key]])


def _searched(name: str, text: Any) -> str:
    return f"{reverse(name)}?{urlencode({'q': text})}"


def drilled(behind: Behind, audience: str) -> list[dict[str, Any]]:
    """Every part, drawn."""
    return [drawn(part, audience) for part in behind.parts]


def columns_of(part: Part) -> list[ListColumn]:
    """The part's columns for a file."""

    def cell(at: int) -> Callable[[Any], Any]:
        return lambda row: row[at]

    return [ListColumn(f"c{at}", heading, cell(at)) for at, heading in enumerate(part.headings)]


def rows_file(
    request: PageRequest, period: Period, one: Indicator, unit_code: str | None
) -> HttpResponseBase:
    """The rows this viewer may see: of the numerator, or of the part the address names."""
    group = request.GET.get("group") or None
    behind = rows_of(period, one, unit_code=unit_code, group=group, limit=EXPORTED_ROWS)
    wanted = 1 if request.GET.get("part") == "1" else 0
    if wanted >= len(behind.parts):
        raise Http404
    part = behind.parts[wanted]
    form = "csv" if request.GET.get("export") == "csv" else "xlsx"
    name = f"{one.code}{one.name}{part.title}{clock.day_of(request.at):%Y%m%d}"
    return export(columns_of(part), part.rows, name, form)


def history_of(period: Period, one: Indicator) -> list[tuple[int, int, str]]:
    """(year, edition, value) of every edition that stands, for the same code and name."""
    rows = Snapshot.objects.filter(period__consortium=period.consortium_id, voided_at__isnull=True)
    found = []
    for row in rows.select_related("period").order_by("-period__year", "-edition"):
        outcome = from_json(row.outcomes).get(one.code)
        if outcome is not None:
            found.append((row.period.year, row.edition, shown(one, outcome)))
    return found
