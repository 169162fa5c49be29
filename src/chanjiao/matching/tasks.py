"""The worker's side of a trial run."""

from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel import clock
from chanjiao.kernel.verdict import Refused
from chanjiao.matching.runs import fail_run, perform_run


def run_match(job: Job, progress: Progress) -> str:
    """The runner of `matching.run`. Safe to repeat: a run that is over stays as it is."""
    run_pk = job.arguments["run"]
    try:
        return perform_run(run_pk, progress, at=clock.now())
    except Refused as refusal:
        fail_run(run_pk, refusal.reason, at=clock.now())
        raise
    except Exception:
        fail_run(run_pk, "程序出错，没有产生结果。请把任务编号告诉管理员。", at=clock.now())
        raise
