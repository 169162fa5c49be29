"""The secretariat's home: what is late, who must act, one click each."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import Quarter
from chanjiao.matching.queries import due_for
from chanjiao.members.duplicates import possible_duplicates
from chanjiao.members.queries import units_without_administrator
from chanjiao.needs.enums import ListingState
from chanjiao.needs.queries import silent_units, totals, waiting
from chanjiao.plans.enums import PLAN_RUNNING, RectificationState
from chanjiao.plans.evidence_queries import waiting as evidence_waiting
from chanjiao.plans.lateness import owed_of_plan
from chanjiao.plans.queries import current_plan, rectifications_waiting
from chanjiao.reports.queries import awaiting_public, awaiting_report
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.queries import visible_to as imports_visible_to
from chanjiao.web.parts import agreement_tasks, care_tasks, council_tasks, indicator_tasks
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.queue import Task, in_order

REVIEW_DAYS = 5


@page("desk", template="home/desk.html")
def home(request: PageRequest) -> Answer:
    today = day_of(request.at)
    quarter = Quarter.of(today)
    tasks = [
        *_listings(request, today),
        *_rounds(request, today),
        *_members(request, today, quarter),
        *_evidence(request, today),
        *council_tasks.desk_tasks(request, today),
        *agreement_tasks.desk_tasks(request, today),
        *care_tasks.desk_tasks(request, today),
        *_plan(request, today),
        *indicator_tasks.desk_tasks(request, today),
        *_reports(request, today),
    ]
    balance = totals(request.consortium, str(quarter))
    return {
        "title": "工作台",
        "queue": in_order(tasks),
        "balance": balance,
        "gap": abs(balance.gap),
        "quarter": quarter,
        "at": request.at,
    }


def _listings(request: PageRequest, today: date) -> Iterator[Task]:
    """Review within five days of submission; chase what was handed back, is late or is stale."""
    for row in waiting(request.consortium, at=request.at, on=today):
        kind = row.kind

        def url(stem: str = kind.stem, **filters: str) -> str:
            return f"{reverse(f'desk:{stem}_list')}?{urlencode(filters)}"

        due = None
        if row.since:
            due = date.fromordinal(day_of(row.since).toordinal() + REVIEW_DAYS)
        noun = kind.noun
        yield Task(
            f"审核成员提交的{noun}",
            row.submitted,
            "秘书处",
            url(state=ListingState.SUBMITTED),
            due,
            today,
        )
        yield Task(
            f"催办：已退回的{noun}尚未重新提交",
            row.returned,
            "成员单位",
            url(state=ListingState.RETURNED),
            None,
            today,
        )
        yield Task(
            f"催办：{noun}逾期未答复", row.late, "责任人", url(late="1"), row.late_since, today
        )
        yield Task(
            f"催办：{noun}超过 90 天未核实", row.stale, "成员单位", url(stale="1"), None, today
        )


def _rounds(request: PageRequest, today: date) -> Iterator[Task]:
    for due in due_for(request.actor, request.at):
        if due.round.consortium_id == request.consortium.pk:
            url = reverse("desk:round_detail", args=[due.round.pk])
            yield Task(f"{due.round.title}：{due.text}", 1, "秘书处", url, due.on, today)


def _members(request: PageRequest, today: date, quarter: Quarter) -> Iterator[Task]:
    silent = silent_units(request.consortium, str(quarter), on=today).count()
    yield Task(
        f"催办：本季度（{quarter}）尚未提交任何清单的单位",
        silent,
        "成员单位",
        reverse("desk:silent_list"),
        quarter.last_day,
        today,
    )
    without = units_without_administrator(request.consortium, today).count()
    yield Task(
        "邀请管理员：还没有人代表的单位",
        without,
        "秘书处",
        reverse("desk:unattended_list"),
        None,
        today,
    )
    pairs = len(possible_duplicates(request.consortium))
    yield Task(
        "核对疑似重复的单位", pairs, "秘书处", reverse("desk:member_duplicates"), None, today
    )
    imports = imports_visible_to(request.actor).filter(state=ImportState.CHECKED).count()
    yield Task(
        "确认或放弃已检查的导入",
        imports,
        "秘书处",
        f"{reverse('desk:import_list')}?state={ImportState.CHECKED.value}",
        None,
        today,
    )


def _plan(request: PageRequest, today: date) -> Iterator[Task]:
    """Late progress of this year's plan, and rectifications to recheck or overdue."""
    plan = current_plan(request.consortium, on=today)
    if plan is not None and plan.state in PLAN_RUNNING:
        late = [item for item in owed_of_plan(plan, on=today) if item.due_on < today]
        since = min((item.due_on for item in late), default=None)
        units = len({item.task.unit_id for item in late})
        url = reverse("desk:plan_late", args=[plan.pk])
        yield Task("催办：进展逾期未报的单位", units, "责任单位", url, since, today)
    found = rectifications_waiting(request.consortium, on=today)
    url = reverse("desk:rectification_list")
    at = f"{url}?state={RectificationState.SUBMITTED.value}"
    yield Task("复核提交的整改", found.submitted, "秘书处", at, None, today)
    yield Task("催办：整改逾期", found.overdue, "整改单位", url, found.overdue_since, today)


def _reports(request: PageRequest, today: date) -> Iterator[Task]:
    """A year that is locked has a report; one that is published has one for the public."""
    for period in awaiting_report(request.consortium):
        url = f"{reverse('desk:report_new')}?period={period.pk}"
        due = day_of(period.locked_at) if period.locked_at else None
        due = due and date.fromordinal(due.toordinal() + REVIEW_DAYS)
        yield Task(f"生成 {period.year} 年度报告", 1, "秘书处", url, due, today)
    for period in awaiting_public(request.consortium):
        url = f"{reverse('desk:report_new')}?period={period.pk}&readers=public"
        yield Task(f"生成 {period.year} 年度报告公开版", 1, "秘书处", url, None, today)


def _evidence(request: PageRequest, today: date) -> Iterator[Task]:
    """Check within five days of handing in; judge suspicions; chase what is late."""
    found = evidence_waiting(request.consortium, on=today)
    url = reverse("desk:evidence_list")
    due = found.since and date.fromordinal(found.since.toordinal() + REVIEW_DAYS)
    to_check = reverse("desk:evidence_check")
    yield Task("验收单位提交的佐证", found.submitted, "秘书处", to_check, due, today)
    suspect = f"{url}?flag=open"
    yield Task("判定疑似重复的佐证", found.suspect, "秘书处", suspect, None, today)
    owing = reverse("desk:evidence_owing")
    yield Task("催交：佐证逾期未提交", found.late, "成员单位", owing, found.late_since, today)


def urls() -> list[URLPattern]:
    return [path("", home, name="home")]
