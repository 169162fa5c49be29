"""The worker's side: claim, beat, run, end."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import OperationalError, connection
from django_tasks import task

from chanjiao.jobs.actions import claim_job, end_job, note_progress, reap_jobs
from chanjiao.jobs.enums import JobState
from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import runner_of
from chanjiao.kernel import clock
from chanjiao.kernel.verdict import Refused

log = logging.getLogger(__name__)


@task()
def run_job(job_id: int) -> None:
    """Fetch by id and run once; a second delivery of the same job finds it taken."""
    job = claim_job(job_id, at=clock.now())
    if job is None:
        return
    try:
        with _heartbeat(job.pk):
            message = runner_of(job.kind)(job, _Reporter(job.pk))
    except Refused as refusal:
        end_job(job, JobState.FAILED, refusal.reason, at=clock.now())
    except Exception:
        log.exception("job %s (%s) failed", job.pk, job.kind)
        end_job(
            job,
            JobState.FAILED,
            "程序出错，未写入任何数据。请把任务编号告诉管理员。",
            at=clock.now(),
        )
    else:
        end_job(job, JobState.DONE, message, at=clock.now())


def reap() -> int:
    """Called by the worker loop; the number of jobs taken up again or given up."""
    return len(
        reap_jobs(at=clock.now(), lost_after=timedelta(seconds=settings.JOB_LOST_AFTER_SECONDS))
    )


class _Reporter:
    """Writes progress at most every half second."""

    def __init__(self, job_id: int) -> None:
        self.job_id = job_id
        self.last: datetime | None = None

    def __call__(self, done: int, total: int, step: str = "") -> None:
        at = clock.now()
        if connection.in_atomic_block and connection.vendor == "sqlite":
            return
        if done < total and self.last and at - self.last < timedelta(milliseconds=500):
            return
        self.last = at
        note_progress(self.job_id, done, total, step, at=at)


@contextmanager
def _heartbeat(job_id: int) -> Iterator[None]:
    """Beat from a thread of its own, so that a long computation still counts as alive."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(job_id, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=30)


def _beat(job_id: int, stop: threading.Event) -> None:
    try:
        while not stop.wait(settings.JOB_HEARTBEAT_SECONDS):
            try:
                Job.objects.filter(pk=job_id, state=JobState.RUNNING).update(
                    heartbeat_at=clock.now()
                )
            except OperationalError:
                log.info("job %s: database busy, heartbeat put off", job_id)
    finally:
        connection.close()
