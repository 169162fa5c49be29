"""Tiles of the cockpit about members, needs and matching."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, Sum
from django.urls import reverse

from chanjiao.kernel.clock import day_of
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Round, Run
from chanjiao.matching.queries import participants
from chanjiao.matching.queries import visible_to as rounds_visible_to
from chanjiao.members.composition import Composition
from chanjiao.needs.enums import ON_SHOW, ListingState
from chanjiao.needs.kinds import KINDS, ListingKind
from chanjiao.needs.models import Cohort, Post
from chanjiao.needs.queries import late
from chanjiao.needs.queries import visible_to as listings_visible_to
from chanjiao.people.enums import SIDES
from chanjiao.web.parts.charts import Chart, bars
from chanjiao.web.parts.columns import ListColumn
from chanjiao.web.parts.page import PageRequest

_ROUNDS = 4
_SHOWN_ROUNDS = frozenset(RoundState) - {RoundState.DRAFT, RoundState.CANCELLED}
Row = Mapping[str, Any]


def members(request: PageRequest, composition: Composition) -> Chart:
    home = reverse("desk:member_list")
    names = {"政": "政府", "校": "学校", "企": "企业", "研": "科研机构"}
    rows = [
        {"side": side, "name": names[side], "units": composition.of_side(side)} for side in SIDES
    ]
    told = "，".join(f"{row['name']} {row['units']}" for row in rows)

    def of_side(row: Row) -> str:
        return f"{home}?{urlencode({'side': row['side'], 'left': '0'})}"

    return Chart(
        key="members", title=f"成员 {composition.total:,} 家：{told}", source="在任成员名单",
        updated_at=request.at, link=f"{home}?left=0",
        columns=(
            ListColumn("name", "方面", kind="link", link=of_side),
            ListColumn("units", "成员", kind="number", unit="家", link=of_side),
        ),
        rows=rows if composition.total else [], drawing=bars("name", "units"),
        empty="还没有成员单位。请在“成员”中加入或导入。",
    )  # fmt: skip


def people(request: PageRequest) -> tuple[int, int]:
    """Seats wanted and students offered by the lists on show."""
    found = (
        listings_visible_to(model, request.actor, on=day_of(request.at))
        .filter(consortium=request.consortium, state__in=ON_SHOW)
        .order_by()
        .aggregate(n=Sum(amount))["n"]
        for model, amount in ((Post, "headcount"), (Cohort, "size"))
    )
    wanted, offered = (number or 0 for number in found)
    return wanted, offered


def needs(request: PageRequest) -> Chart:
    today = day_of(request.at)
    rows = [_list_row(request, kind, today) for kind in KINDS]
    shown, waiting, overdue = (
        sum(row[key] for row in rows) for key in ("shown", "submitted", "late")
    )
    return Chart(
        key="needs", title=f"供需清单在列 {shown:,} 条，待审核 {waiting:,} 条，逾期未答复 {overdue:,} 条",
        source="供需清单（全部季度）", updated_at=request.at, link=reverse("desk:charts"),
        columns=(
            ListColumn("list", "清单", kind="link", link=lambda row: reverse(f"desk:{row['stem']}_list")),
            ListColumn("shown", "在列", kind="number", unit="条", link=_rows_of(shown="1")),
            ListColumn("submitted", "待审核", kind="number", unit="条",
                       link=_rows_of(state=ListingState.SUBMITTED.value)),
            ListColumn("late", "逾期未答复", kind="number", unit="条", link=_rows_of(late="1")),
        ),
        rows=rows if any(row["all"] for row in rows) else [],
        drawing=bars("list", "shown", "submitted", stacked=True, lying=True),
        empty="还没有清单条目。请成员单位在“供需”中填报或导入。",
    )  # fmt: skip


def _list_row(request: PageRequest, kind: ListingKind, today: date) -> dict[str, Any]:
    rows = listings_visible_to(kind.model, request.actor, on=today).filter(
        consortium=request.consortium
    )
    overdue = late(rows, on=today).count()
    counted = rows.order_by().aggregate(
        all=Count("pk"), shown=Count("pk", filter=Q(state__in=ON_SHOW)),
        submitted=Count("pk", filter=Q(state=ListingState.SUBMITTED)),
    )  # fmt: skip
    return {
        "list": kind.label.removesuffix("清单"), "stem": kind.stem, "late": overdue, **counted
    }  # fmt: skip


def _rows_of(**filters: str) -> Callable[[Row], str]:
    """The list of a line, narrowed to what is counted."""
    return lambda row: f"{reverse('desk:' + row['stem'] + '_list')}?{urlencode(filters)}"


def matches(request: PageRequest) -> Chart:
    rounds = rounds_visible_to(request.actor).filter(
        consortium=request.consortium, state__in=_SHOWN_ROUNDS
    )
    latest = list(rounds.order_by("-created_at", "-pk")[:_ROUNDS])
    accepted = {
        run.round_id: run for run in Run.objects.filter(round__in=latest, state=RunState.ACCEPTED)
    }
    rows = [_round_row(round_, accepted.get(round_.pk)) for round_ in latest]
    return Chart(
        key="matches", title=_matches_title(rows), source=f"最近 {_ROUNDS} 个匹配轮次",
        updated_at=request.at, link=reverse("desk:round_list"),
        columns=(
            ListColumn("title", "轮次", kind="link", link=_round),
            ListColumn("state", "状态"),
            ListColumn("students", "学生", kind="number", unit="人", link=_round),
            ListColumn("matched", "录取", kind="number", unit="人", link=_result),
        ),
        rows=rows, drawing=bars("title", "students", "matched", lying=True),
        empty="还没有开始的匹配轮次。请在“匹配”中建立。",
    )  # fmt: skip


def _round(row: Row) -> str:
    return reverse("desk:round_detail", args=[row["pk"]])


def _result(row: Row) -> str:
    """The accepted run with its figures and the lists to download."""
    return reverse("desk:run_detail", args=[row["pk"], row["run"]]) if row["run"] else ""


def _round_row(round_: Round, run: Run | None) -> dict[str, Any]:
    """Until a run is accepted nobody is admitted, and nothing is shown for it."""
    statistics = run.statistics if run else None
    students = statistics["students"] if statistics else participants(round_).count()
    return {
        "pk": round_.pk, "title": round_.title, "state": round_.get_state_display(),
        "students": students, "matched": statistics["matched"] if statistics else None,
        "run": run.pk if run else None,
    }  # fmt: skip


def _matches_title(rows: list[dict[str, Any]]) -> str:
    done = [row for row in rows if row["matched"] is not None]
    told = (
        [f"已审定 {len(done)} 轮，录取 {sum(row['matched'] for row in done):,} 人"] if done else []
    )
    if len(done) < len(rows):
        told.append(f"进行中 {len(rows) - len(done)} 轮")
    return f"匹配{'；'.join(told)}"
