"""Background work on periods: computing, locking."""

from chanjiao.indicators.computing import refresh_figures
from chanjiao.indicators.freezing import lock_period
from chanjiao.indicators.models import Period
from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel import clock
from chanjiao.kernel.verdict import Refused
from chanjiao.people.access import actor_of
from chanjiao_engine.indicators.arrow import FactsRefused
from chanjiao_engine.indicators.definitions import SetRefused


def _period(job: Job) -> Period:
    rows = Period.objects.select_related("consortium", "set_version")
    return rows.get(pk=job.arguments["period"])


def run_compute(job: Job, progress: Progress) -> str:
    """The live values anew."""
    progress(0, 2, "读取事实数据并计算")
    try:
        figures = refresh_figures(_period(job), at=clock.now())
    except (FactsRefused, SetRefused) as fault:
        raise Refused(f"不能计算：{fault}") from fault
    progress(2, 2)
    rows = sum(figures.row_counts.values())
    return f"已计算 {len(figures.outcomes)} 项指标，用到 {rows:,} 行事实数据，{figures.milliseconds} 毫秒。"


def run_lock(job: Job, progress: Progress) -> str:
    """Lock in the name of who asked; safe to repeat: a locked period is not locked again."""
    at = clock.now()
    by = actor_of(job.owner, clock.day_of(at))
    try:
        snapshot = lock_period(
            _period(job), job.arguments["reason"], by=by, at=at, progress=progress
        )
    except (FactsRefused, SetRefused) as fault:
        raise Refused(f"不能计算：{fault}") from fault
    return f"已锁定第 {snapshot.edition} 版，证据包已独立核验。"
