"""A member's home: what must I do now, and by when."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import urlencode

from django.db.models import Count, Min
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.matching.queries import member_due
from chanjiao.needs.enums import ListingState
from chanjiao.needs.queries import own_waiting
from chanjiao.plans.enums import RECTIFICATION_OWED, EvidenceState
from chanjiao.plans.evidence_queries import own_waiting as evidence_own_waiting
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.queries import visible_to as imports_visible_to
from chanjiao.web.member import learning_tasks
from chanjiao.web.member.tasks import own_lines, own_rectifications
from chanjiao.web.parts import agreement_tasks, care_tasks, council_tasks, indicator_tasks
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.queue import Task, in_order


@page("member", template="home/member.html")
def home(request: PageRequest) -> Answer:
    today = day_of(request.at)
    tasks = [
        *_listings(request, today),
        *_rounds(request, today),
        *_imports(request, today),
        *_evidence(request, today),
        *council_tasks.member_tasks(request, today),
        *agreement_tasks.member_tasks(request, today),
        *care_tasks.member_tasks(request, today),
        *_plan(request, today),
        *indicator_tasks.member_tasks(request, today),
        *learning_tasks.member_tasks(request, today),
    ]
    return {"title": "工作台", "queue": in_order(tasks), "at": request.at, "unit": request.unit}


def _listings(request: PageRequest, today: date) -> Iterator[Task]:
    for row in own_waiting(request.unit, request.consortium, at=request.at, on=today):
        kind = row.kind

        def url(stem: str = kind.stem, **filters: str) -> str:
            return f"{reverse(f'member:{stem}_list')}?{urlencode(filters)}"

        noun = kind.noun
        yield Task(
            f"修改被退回的{noun}并重新提交",
            row.returned,
            "本单位",
            url(state=ListingState.RETURNED),
            row.due,
            today,
        )
        yield Task(
            f"提交草稿中的{noun}", row.drafts, "本单位", url(state=ListingState.DRAFT), None, today
        )
        yield Task(f"答复逾期的{noun}", row.late, "责任人", url(late="1"), row.due, today)
        yield Task(
            f"核实超过 90 天未确认的{noun}", row.stale, "本单位", url(stale="1"), None, today
        )


def _rounds(request: PageRequest, today: date) -> Iterator[Task]:
    """Scores to give (units with posts), lists to collect (schools)."""
    for due in member_due(request.actor, request.unit, request.at):
        if due.round.consortium_id == request.consortium.pk:
            yield Task(
                f"{due.round.title}：{due.text}",
                due.count,
                "本单位",
                reverse("member:round_detail", args=[due.round.pk]),
                due.on,
                today,
            )


def _imports(request: PageRequest, today: date) -> Iterator[Task]:
    waiting = imports_visible_to(request.actor).filter(state=ImportState.CHECKED, unit=request.unit)
    url = f"{reverse('member:import_list')}?state={ImportState.CHECKED.value}"
    yield Task("确认或放弃已检查的导入", waiting.count(), "本单位", url, None, today)


def _plan(request: PageRequest, today: date) -> Iterator[Task]:
    """Months of progress owed, and rectifications."""
    owed = [item for line in own_lines(request) for item in line.owed]
    due = min((item.due_on for item in owed), default=None)
    tasks = len({item.task.pk for item in owed})
    yield Task("报送任务进展", tasks, "本单位", reverse("member:task_list"), due, today)
    rows = own_rectifications(request).filter(state__in=RECTIFICATION_OWED)
    found = rows.order_by().aggregate(n=Count("pk"), first=Min("due_on"))
    url = reverse("member:rectification_list")
    yield Task("提交整改情况", found["n"], "本单位", url, found["first"], today)


def _evidence(request: PageRequest, today: date) -> Iterator[Task]:
    """What is wanted and what came back, each by its earliest day."""
    found = evidence_own_waiting(request.unit, request.consortium)
    url = reverse("member:evidence_list")
    for state, title, count, due in (
        (EvidenceState.RETURNED, "修改被退回的佐证并重新提交", found.returned, found.returned_due),
        (EvidenceState.WANTED, "提交佐证材料", found.wanted, found.wanted_due),
    ):
        yield Task(title, count, "本单位", f"{url}?state={state.value}", due, today)


def urls() -> list[URLPattern]:
    return [path("", home, name="home")]
