"""What desk and member pages of mentors share: columns, a mentor's page, charts."""

from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from chanjiao.kernel.clock import day_of
from chanjiao.training import mentor_rules as rules
from chanjiao.training.enums import ALIVE, MentorKind
from chanjiao.training.mentors import dual_on, stays_visible_to, with_load, work_visible_to
from chanjiao.training.models import Mentor, Stint, TeacherStay
from chanjiao.training.queries import mentors_in_force
from chanjiao.training.shares import Share, hours_text
from chanjiao.web.parts.charts import Chart, bars
from chanjiao.web.parts.lists import BooleanFilter, ChoiceFilter, ListColumn
from chanjiao.web.parts.page import PageRequest
from chanjiao.web.parts.programmes import percent

COLUMNS = (
    ListColumn("name", "姓名", sort="name"),
    ListColumn("number", "编号", kind="code", sort="number"),
    ListColumn("unit", "单位", "unit.called", sort="unit__name"),
    ListColumn("kind", "类别", "get_kind_display", sort="kind"),
    ListColumn("qualification", "职业资格或职称"),
    ListColumn("load", "在带", lambda row: f"{row.learners} / {row.at_most}", sort="learners"),
    ListColumn("led", "本年带徒", lambda row: hours_text(row.led_minutes), sort="led_minutes"),
    ListColumn("work", "本年授课", lambda row: hours_text(row.work_minutes), sort="work_minutes"),
    ListColumn("dual", "双师型", "dual_level", sort="dual_level"),
    ListColumn("dual_until", "双师型至", kind="date", sort="dual_until"),
    ListColumn("agreement", "聘任协议", lambda row: row.agreement.number if row.agreement else ""),
    ListColumn("ends_on", "聘任至", kind="date", sort="ends_on"),
)
FILTERS = (
    ChoiceFilter(key="kind", title="类别", choices=MentorKind.choices),
    BooleanFilter(key="ended", title="聘任", field="ends_on__isnull", yes="未定期限", no="有期限"),
)
STAY_COLUMNS = (
    ListColumn("teacher", "教师", "mentor.name", sort="mentor__name"),
    ListColumn("school", "学校", "mentor.unit.called", sort="mentor__unit__name"),
    ListColumn("host", "实践单位", "host.called", sort="host__name"),
    ListColumn("starts_on", "开始日期", kind="date", sort="starts_on"),
    ListColumn("ends_on", "结束日期", kind="date", sort="ends_on"),
    ListColumn("days", "天数", kind="number", unit="天", sort="days"),
    ListColumn("what", "内容"),
    ListColumn("proof", "证明", lambda row: "有" if row.proof_id else "无"),
)


def listed(rows: QuerySet[Mentor], on: date) -> QuerySet[Mentor]:
    """Rows as the list page reads them."""
    return with_load(rows.select_related("unit", "agreement"), on=on)


def mentor_page(request: PageRequest, row: Mentor) -> dict[str, Any]:
    """What everybody who sees a mentor sees; learners as numbers, contact for the own unit."""
    actor, on = request.actor, day_of(request.at)
    found = with_load(Mentor.objects.filter(pk=row.pk), on=on).order_by("pk").get()
    own = rules.may_change_mentor(actor, row)
    return {
        "title": row.name,
        "mentor": row,
        "own": own,
        "learners": found.learners,  # type: ignore[attr-defined]
        "led": hours_text(found.led_minutes),  # type: ignore[attr-defined]
        "taught": hours_text(found.work_minutes),  # type: ignore[attr-defined]
        "year": on.year,
        "hosts": _hosts(row, on),
        "work": [
            (one, hours_text(one.minutes), rules.may_remove_work(actor, one))
            for one in work_visible_to(actor).filter(mentor=row).distinct().order_by("-day", "-pk")[:50]
        ],
        "stays": [
            (one, rules.may_remove_stay(actor, one))
            for one in stays_visible_to(actor).filter(mentor=row).order_by("-starts_on", "-pk")
        ],
        "may_work": rules.may_record_work(actor, row, request.unit if request.unit.is_school else None),
        "may_stay": rules.may_record_stay(actor, row),
        "base": request.audience,
        "dual_over": row.dual_until is not None and row.dual_until < on,
    }  # fmt: skip


def _hosts(row: Mentor, on: date) -> list[tuple[str, int]]:
    """Learners led on a day by school: figures, no names."""
    led = Q(master=row) | Q(second_master=row)
    rows = Stint.objects.filter(led, placement__state__in=ALIVE, starts_on__lte=on, ends_on__gt=on)
    names = rows.values_list("placement__school__name").annotate(n=Count("pk"))
    return list(names.order_by("placement__school__name"))


def dual_chart(rows: QuerySet[Mentor], at: datetime) -> Chart:
    """The share of certified 双师型 teachers in each school's register."""
    on = day_of(at)
    teachers = mentors_in_force(rows.filter(kind=MentorKind.SCHOOL), on=on).order_by("unit__name")
    totals = teachers.values_list("unit__name").annotate(
        n=Count("pk", distinct=True), dual=Count("pk", filter=dual_on(on), distinct=True)
    )
    found = [(name, Share(dual, n)) for name, n, dual in totals]
    together = Share(sum(s.part for _, s in found), sum(s.whole for _, s in found))
    title = f"在聘教师中双师型占 {together.text}" if found else "双师型教师占比"
    return Chart(
        key="dual", title=title, updated_at=at,
        source="导师名册中在聘的学校教师；双师型以认定在有效期内为准",
        columns=(
            ListColumn("school", "学校"), ListColumn("percent", "双师型", kind="number", unit="%"),
            ListColumn("dual", "双师型人数", kind="number", unit="人"),
            ListColumn("all", "在聘教师", kind="number", unit="人"),
        ),
        rows=[
            {"school": name, "percent": percent(s), "dual": s.part, "all": s.whole}
            for name, s in found
        ],
        drawing=bars("school", "percent", lying=True),
        empty="各校还没有登记教师。",
    )  # fmt: skip


def stay_chart(rows: QuerySet[TeacherStay], at: datetime) -> Chart:
    """Teachers' days in enterprises by school."""
    totals = rows.order_by("mentor__unit__name").values_list("mentor__unit__name").annotate(
        days=Sum("days"), teachers=Count("mentor", distinct=True)
    )  # fmt: skip
    found = list(totals)
    days = sum(row[1] for row in found)
    title = f"教师企业实践共 {days:,} 天" if found else "教师企业实践"
    return Chart(
        key="stays", title=title, source="各校登记的教师企业实践", updated_at=at,
        columns=(
            ListColumn("school", "学校"), ListColumn("days", "天数", kind="number", unit="天"),
            ListColumn("teachers", "教师", kind="number", unit="人"),
        ),
        rows=[{"school": name, "days": days, "teachers": n} for name, days, n in found],
        drawing=bars("school", "days", lying=True),
        empty="还没有登记教师企业实践。",
    )  # fmt: skip
