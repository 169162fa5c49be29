"""What desk, member and student pages of programmes share: columns, a programme's page, charts."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from chanjiao.kernel.clock import day_of
from chanjiao.training import programme_rules as rules
from chanjiao.training.enums import ProgrammeKind, ProgrammeState
from chanjiao.training.models import PlanItem, Programme
from chanjiao.training.programme_checks import Gap, gaps_to_start, gaps_while_running
from chanjiao.training.programme_queries import (
    classes_of,
    enterprise_share,
    facts_of,
    hours_of,
    real_share,
    taught_share,
    with_shares,
)
from chanjiao.training.shares import Share, Shares, hours_text, shares_of
from chanjiao.web.parts.charts import Chart, bars
from chanjiao.web.parts.lists import ChoiceFilter, ListColumn
from chanjiao.web.parts.page import PageRequest

TONES = {"preparing": "wait", "running": "good", "ended": "idle", "cancelled": "idle"}
COLUMNS = (
    ListColumn("name", "名称", sort="name"),
    ListColumn("number", "编号", kind="code", sort="number"),
    ListColumn("kind", "类型", "get_kind_display", sort="kind"),
    ListColumn("unit", "主办学校", "unit.called", sort="unit__name"),
    ListColumn("learners", "在班学生", kind="number", unit="人", sort="learners"),
    ListColumn("hours", "总时长", lambda row: hours_text(row.all_minutes), sort="all_minutes"),
    ListColumn("enterprise", "企业场所占比", lambda row: enterprise_share(row).text),
    ListColumn("taught", "企业授课占比", lambda row: taught_share(row).text),
    ListColumn("real", "真实项目占核心课程", lambda row: real_share(row).text),
    ListColumn("ends_on", "结束日期", kind="date", sort="ends_on"),
    ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
)
FILTERS = (
    ChoiceFilter(key="kind", title="类型", choices=ProgrammeKind.choices),
    ChoiceFilter(key="state", title="状态", choices=ProgrammeState.choices),
)


def percent(share: Share) -> int | None:
    """Whole percent for a picture; the table beside it has the exact text."""
    return None if share.tenths is None else (share.tenths + 5) // 10


def listed(rows: QuerySet[Programme]) -> QuerySet[Programme]:
    """Rows as the list page reads them."""
    return with_shares(rows)


def programme_page(request: PageRequest, row: Programme) -> dict[str, Any]:
    """What everybody who sees a programme sees of it; buttons by the rules."""
    actor, on = request.actor, day_of(request.at)
    facts = facts_of(row)
    gaps = {
        ProgrammeState.PREPARING: lambda: gaps_to_start(facts),
        ProgrammeState.RUNNING: lambda: gaps_while_running(facts, on),
    }.get(ProgrammeState(row.state), list)()
    may_edit = rules.may_edit(actor, row)
    return {
        "title": row.name,
        "programme": row,
        "state_tone": TONES[row.state],
        "shares": facts.shares,
        "gaps": [(gap, gap_url(request, row, gap) if may_edit else "") for gap in gaps],
        "partners": row.partners.select_related("unit").order_by("pk"),
        "classes": [(one, rules.may_see_roster(actor, one)) for one in classes_of(row)],
        "lines": plan_lines(row),
        "reports": row.reports.select_related("file").order_by("-year"),
        "needs_reason": rules.needs_reason(row),
        "site_chart": site_chart(facts.shares, row.name, request.at),
        "may_edit": may_edit,
        "may_start": rules.may_start(actor, row, gaps),
        "may_end": rules.may_end(actor, row),
        "may_cancel": rules.may_cancel(actor, row),
        "may_report": rules.may_report(actor, row),
        "early": on < row.ends_on,
        "base": request.audience,
    }


def plan_lines(row: Programme) -> list[tuple[PlanItem, str]]:
    """Each item of the plan with its length in words."""
    items = row.items.select_related("host").order_by("place", "pk")
    return [(item, hours_text(item.minutes)) for item in items]


def gap_url(request: PageRequest, row: Programme, gap: Gap) -> str:
    """Where a gap is mended."""
    names = {
        "partners": "programme_partner", "edit": "programme_edit", "classes": "programme_detail",
        "plan": "programme_plan_import", "reports": "programme_report",
    }  # fmt: skip
    url = reverse(f"member:{names[gap.part]}", args=[row.pk])
    return f"{url}#classes" if gap.part == "classes" else url


def site_chart(shares: Shares, name: str, at: datetime) -> Chart:
    """Where the hours are taught."""
    title = f"企业场所占 {shares.enterprise.text}" if shares.minutes else "各地点学时"
    return Chart(
        key="sites", title=title, source=f"{name}联合培养计划；占比由条目计算", updated_at=at,
        columns=(
            ListColumn("site", "实施地点"), ListColumn("percent", "占比", kind="number", unit="%"),
            ListColumn("hours", "时长"), ListColumn("exact", "占比（精确到 0.1%）"),
        ),
        rows=[
            {"site": str(site.label), "percent": percent(share), "hours": hours_text(share.part),
             "exact": share.text}
            for site, share in shares.by_site
        ] if shares.minutes else [],
        drawing=bars("site", "percent", lying=True),
        empty="还没有培养计划，填写或导入后自动计算。",
    )  # fmt: skip


def side_by_side(rows: QuerySet[Programme], at: datetime) -> Chart:
    """The enterprise-site share of every programme under training, the lowest first."""
    running = list(rows.filter(state=ProgrammeState.RUNNING).order_by("number"))
    hours = hours_of([row.pk for row in running])
    found = [(row, shares_of(hours[row.pk])) for row in running]
    found.sort(key=lambda pair: (pair[1].enterprise.tenths or 0, pair[0].number))
    together = shares_of(hour for own in hours.values() for hour in own)
    title = "各培养项目的企业场所占比"
    if found and together.minutes:
        low, shares = found[0]
        title = f"培养中项目合计企业场所占 {together.enterprise.text}；最低：{low.name} {shares.enterprise.text}"
    return Chart(
        key="programmes", title=title, updated_at=at,
        source="培养中项目的联合培养计划；校中厂、厂中校、企业现场计为企业场所",
        columns=(
            ListColumn("name", "培养项目"),
            ListColumn("enterprise", "企业场所", kind="number", unit="%"),
            ListColumn("real", "真实项目占核心课程", kind="number", unit="%"),
            ListColumn("exact", "企业场所（精确到 0.1%）"), ListColumn("hours", "总时长"),
        ),
        rows=[
            {"name": row.name, "enterprise": percent(s.enterprise), "real": percent(s.real_in_core),
             "exact": s.enterprise.text, "hours": hours_text(s.minutes)}
            for row, s in found[:30]
        ],
        drawing=bars("name", "enterprise", "real", lying=True),
        empty="还没有培养中的项目。",
    )  # fmt: skip
