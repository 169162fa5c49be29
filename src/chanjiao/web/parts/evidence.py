"""What the secretariat's and the members' pages on evidence share: list, facts, files, history."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.urls import reverse

from chanjiao.files.sniffing import BY_CONTENT_TYPE
from chanjiao.kernel.money import yuan
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.plans import records
from chanjiao.plans.enums import EvidenceKind, EvidenceState, FlagState
from chanjiao.plans.evidence_check_actions import has_changed
from chanjiao.plans.evidence_checks import warnings
from chanjiao.plans.evidence_kinds import RULES
from chanjiao.plans.evidence_queries import TO_DO, current_files, visible_to, with_uses
from chanjiao.plans.models import Evidence, EvidenceFile, EvidenceUse, Plan, Submission, Task
from chanjiao.trail.queries import about
from chanjiao.trail.words import word
from chanjiao.web.parts.filters import BooleanFilter, ChoiceFilter, DateFilter, Filter
from chanjiao.web.parts.lists import BulkAction, ListAction, ListColumn, ListPage

TONES = {
    "wanted": "idle", "submitted": "wait", "returned": "warn", "accepted": "good",
    "withdrawn": "idle", "not_needed": "idle", "open": "warn", "cleared": "idle",
    "confirmed": "bad",
}  # fmt: skip


# The list ------------------------------------------------------------------------------------
def evidence_page(
    audience: str,
    rows: QuerySet[Evidence],
    *,
    on: date,
    actions: tuple[ListAction, ...] = (),
    bulk: tuple[BulkAction, ...] = (),
) -> ListPage:
    """The list of evidence as this audience sees it; the secretariat also sees units and flags."""
    office = audience == "desk"
    columns = (
        ListColumn("code", "编号", kind="code", sort=("task__place", "number")),
        ListColumn("title", "名称", sort="title"),
        ListColumn("kind", "种类", "get_kind_display", sort="kind"),
        *((ListColumn("unit", "单位", "unit.name", sort="unit__name"),) if office else ()),
        ListColumn("task", "任务", "task.name", sort="task__place"),
        ListColumn("state", "状态", kind="state", sort="state", tones=TONES),
        ListColumn("due", "办理期限", "answer_due_on", kind="date", sort="answer_due_on"),
        ListColumn("submitted", "提交时间", "submitted_at", kind="moment", sort="submitted_at"),
        ListColumn("used", "用途", kind="number", unit="处", sort="used"),
        *(
            (ListColumn("flag", "疑似重复", kind="state", sort="flag", tones=TONES),)
            if office
            else ()
        ),
        ListColumn("year", "年度", "plan.year", kind="code", screen=False),
        ListColumn("document_number", "文号或编号", screen=False),
        ListColumn("dated_on", "日期", kind="date", screen=False),
        ListColumn("amount", "金额", "amount_fen", kind="money", screen=False),
        ListColumn("digest", "SHA-256", screen=False),
    )
    return ListPage(
        key=f"{audience}.evidence",
        title="佐证材料",
        columns=columns,
        search=("code", "title", "task__name", "unit__name", "document_number"),
        search_hint="编号、名称、任务、单位、文号",
        filters=tuple(_filters(rows, office, on)),
        link=f"{audience}:evidence_detail",
        actions=actions,
        bulk=bulk,
        empty="还没有佐证。" + ("请先在“索取佐证”中列出需要的材料。" if office else "秘书处索取的佐证会列在这里，也可以主动提交。"),
    )  # fmt: skip


def _filters(rows: QuerySet[Evidence], office: bool, on: date) -> Iterator[Filter]:
    yield ChoiceFilter(key="state", title="状态", choices=EvidenceState.choices)
    yield ChoiceFilter(key="kind", title="种类", choices=EvidenceKind.choices)
    plans = rows.order_by("-plan__year").values_list("plan__year", flat=True).distinct()
    years = [(year, f"{year} 年") for year in plans]
    yield ChoiceFilter(key="year", title="年度", field="plan__year", choices=years)
    tasks = Task.objects.filter(pk__in=rows.order_by().values("task")).order_by("plan", "place")
    labels = [(pk, f"{code} {name}") for pk, code, name in tasks.values_list("pk", "code", "name")]
    yield ChoiceFilter(key="task", title="任务", choices=labels)
    if office:
        units = Unit.objects.filter(pk__in=rows.order_by().values("unit")).order_by("name", "pk")
        yield ChoiceFilter(key="unit", title="单位", choices=list(units.values_list("pk", "name")))
        yield ChoiceFilter(key="flag", title="疑似重复", choices=FlagState.choices)
    overdue = Q(state__in=TO_DO, answer_due_on__lt=on)
    yield BooleanFilter(key="late", title="期限", yes="已逾期", no="未逾期", condition=overdue)
    yield DateFilter(key="due", title="办理期限", field="answer_due_on")


def evidence_of_year(year: int, *, doubles: bool) -> str:
    """The secretariat's list of a year's evidence; with `doubles` what is suspected and undecided."""
    asked = {"year": str(year)} | ({"flag": FlagState.OPEN.value} if doubles else {})
    return f"{reverse('desk:evidence_list')}?{urlencode(asked)}"


def listed(rows: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """As the list shows them."""
    return with_uses(rows).order_by("-plan__year", "task__place", "number", "pk")


# One piece -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fact:
    """One field as people read it, with why it came back, if it did."""

    key: str
    title: str
    text: str
    link: str = ""
    reason: str = ""


def facts(row: Evidence) -> list[Fact]:
    """The fields of the kind, with the reasons beside them."""
    rule = RULES[row.kind]
    reasons = row.returned_reasons
    found = []
    for name in rule.fields:
        value = getattr(row, name)
        if name == "amount_fen" and value is not None:
            text = f"{yuan(value)} 元"
        else:
            text = "" if value is None else str(value)
        link = row.link if name == "link" else ""
        found.append(Fact(name, rule.called(name), text, link, reasons.get(name, "")))
    return found


@dataclass(frozen=True, slots=True)
class Shown:
    """A file and where it is: `image` and `pdf` may be shown inside the page."""

    one: EvidenceFile
    url: str
    label: str
    size: str
    image: bool
    pdf: bool


def shown_files(row: Evidence, audience: str) -> list[Shown]:
    return [_shown(one, audience) for one in current_files(row)]


def _shown(one: EvidenceFile, audience: str) -> Shown:
    known = BY_CONTENT_TYPE[one.content_type]
    return Shown(
        one, reverse(f"{audience}:evidence_file", args=[one.pk]), known.label, _size(one.file.size),
        known.is_image, one.content_type == "application/pdf",
    )  # fmt: skip


def _size(size: int) -> str:
    return f"{size / 1048576:.1f} MB" if size >= 1048576 else f"{-(-size // 1024)} KB"


def pictures(row: Evidence, audience: str) -> list[Shown]:
    """Its photographs, to be compared with another's."""
    return [one for one in shown_files(row, audience) if one.image][:4]


@dataclass(frozen=True, slots=True)
class Record:
    """The live record referred to, as it was handed in, and whether it says the same today."""

    label: str
    lines: tuple[tuple[str, str], ...]
    url: str
    changed: bool


def shown_record(row: Evidence, audience: str) -> Record | None:
    kind = records.kind_called(row.record_label)
    if kind is None:
        return None
    found = kind.row(row.record_id) if row.record_id else None
    lines = tuple((name, _words(value)) for name, value in row.record_content.items())
    url = kind.link(found, audience) if found is not None else ""
    return Record(kind.label, lines, url, has_changed(row))


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "；".join(f"{name} {_words(one)}" for name, one in value.items())
    if isinstance(value, list):
        return "、".join(_words(one) for one in value)
    return {True: "是", False: "否"}.get(value, str(value)) if isinstance(value, bool) else (
        "" if value is None else str(value)
    )  # fmt: skip


def uses(row: Evidence) -> QuerySet[EvidenceUse]:
    """Where the piece is used: tasks first, then indicators."""
    return row.uses.select_related("task", "evidence__task").order_by("indicator", "task__place")


def submissions(row: Evidence) -> QuerySet[Submission]:
    return row.submissions.select_related("submitted_by", "decided_by").order_by("-number")


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history."""

    at: datetime
    who: str
    what: str
    reason: str


def history(row: Evidence) -> list[Event]:
    """What was done to the piece, newest first."""
    return [
        Event(entry.at, entry.actor_name, word(entry.action), entry.reason) for entry in about(row)
    ]


def reason_lines(row: Evidence, reasons: dict[str, str]) -> list[tuple[str, str]]:
    """Reasons with the names of their fields; "" is the piece as a whole."""
    rule = RULES[row.kind]
    named = {"": "总体意见", "title": "名称", "files": "文件"}
    return [(named.get(name) or rule.called(name), text) for name, text in reasons.items()]


def detail(row: Evidence, audience: str) -> dict[str, Any]:
    """What both pages on one piece show."""
    return {
        "title": f"{row.code} {row.title}",
        "crumbs": [("佐证材料", reverse(f"{audience}:evidence_list"))],
        "row": row,
        "state_tone": TONES[row.state],
        "rule": RULES[row.kind],
        "facts": facts(row),
        "files": shown_files(row, audience),
        "record": shown_record(row, audience),
        "warnings": warnings(row),
        "reasons": reason_lines(row, row.returned_reasons),
        "uses": uses(row),
        "submissions": [(one, reason_lines(row, one.reasons)) for one in submissions(row)],
        "events": history(row),
        "audience": audience,
    }


# On a task's page ----------------------------------------------------------------------------
def task_evidence(task: Task, actor: Actor, audience: str) -> dict[str, Any]:
    """For `{% include "plans/task_evidence.html" %}`: the task's own, and what else serves it."""
    seen = visible_to(actor).order_by("number", "pk")
    return {
        "own": with_uses(seen.filter(task=task)),
        "others": seen.filter(uses__task=task).exclude(task=task).order_by("code", "pk"),
        "audience": audience,
        "add_url": _add_url(task, actor, audience),
        "task": task,
        "tones": TONES,
    }


def _add_url(task: Task, actor: Actor, audience: str) -> str:
    if audience == "desk":
        return f"{reverse('desk:evidence_ask')}?plan={task.plan_id}&task={task.pk}"
    owns = actor.acts_for(task.unit_id)
    return f"{reverse('member:evidence_new')}?task={task.pk}" if owns else ""


def plans_of(consortium_id: int) -> QuerySet[Plan]:
    """The consortium's plans, the newest first."""
    return Plan.objects.filter(consortium=consortium_id).order_by("-year", "pk")
