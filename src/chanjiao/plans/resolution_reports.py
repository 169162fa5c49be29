"""When the tasks of a resolution are done, its report follows through the council's own action."""

from datetime import datetime

from chanjiao.council.enums import ResolutionState
from chanjiao.council.models import Resolution
from chanjiao.council.resolution_actions import report_resolution
from chanjiao.council.rules import may_report
from chanjiao.kernel.clock import day_of
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.queries import people_of
from chanjiao.plans.enums import TaskState
from chanjiao.plans.models import Task

_OVER = (TaskState.DONE, TaskState.REVIEWED, TaskState.CANCELLED)


def report_resolutions(task: Task, *, by: Actor, at: datetime) -> None:
    """Report each resolution under way whose last task this was.

    Where the person does not act for the resolution's unit, that unit is told to report it.
    Inside the caller's transaction.
    """
    whole = task.parent or task
    rows = Resolution.objects.filter(tasks=whole, state=ResolutionState.UNDERWAY)
    for row in rows.select_related("unit").order_by("pk"):
        if row.tasks.exclude(state__in=_OVER).exists():
            continue
        codes = "、".join(row.tasks.order_by("place", "pk").values_list("code", flat=True))
        if may_report(by, row):
            report_resolution(row, text=f"对应任务 {codes} 已全部完成。", done=True, by=by, at=at)
        elif row.unit is not None:
            text = f"决议“{row.title}”的任务 {codes} 已全部完成，请报告办结。"
            link = f"/member/council/resolutions/{row.pk}/"
            tell(people_of(row.unit, day_of(at)), text, at=at, link=link)
