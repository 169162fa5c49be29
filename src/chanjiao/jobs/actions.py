"""Asking for long work, and the steps a worker takes through it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from chanjiao.jobs.enums import JobState
from chanjiao.jobs.models import Job
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record

MAX_ATTEMPTS = 3


def start_job(
    kind: str, title: str, arguments: dict[str, Any], *, by: Actor, at: datetime, link: str = ""
) -> Job:
    """Queue work for a worker; it begins after the surrounding transaction commits."""
    from chanjiao.jobs.tasks import run_job

    with transaction.atomic():
        job = Job.objects.create(
            kind=kind, title=title, arguments=arguments, owner=by.user, queued_at=at, link=link
        )
        record("job.start", job, by=by, at=at, data={"kind": kind, "title": title})
        transaction.on_commit(lambda: run_job.enqueue(job.pk))
    return job


def claim_job(job_id: int, *, at: datetime) -> Job | None:
    """Take a queued job for this worker; None when another has it or it is over."""
    taken = Job.objects.filter(pk=job_id, state=JobState.QUEUED).update(
        state=JobState.RUNNING, started_at=at, heartbeat_at=at, attempts=F("attempts") + 1
    )
    return Job.objects.get(pk=job_id) if taken else None


def note_progress(job_id: int, done: int, total: int, step: str, *, at: datetime) -> None:
    """How far the work is. Not in the trail: it is no decision."""
    Job.objects.filter(pk=job_id, state=JobState.RUNNING).update(
        done=done, total=total, step=step[:120], heartbeat_at=at
    )


def end_job(job: Job, state: JobState, message: str, *, at: datetime) -> None:
    """Record how the work ended; does nothing if somebody ended it before."""
    with transaction.atomic():
        ended = Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(
            state=state, message=message, ended_at=at
        )
        if ended:
            record("job.end", job, by=None, at=at, data={"state": state.value}, reason=message)


def reap_jobs(*, at: datetime, lost_after: timedelta) -> list[Job]:
    """Take up again the jobs whose worker fell silent, or mark them lost after three tries."""
    from chanjiao.jobs.tasks import run_job

    silent = Q(state=JobState.RUNNING, heartbeat_at__lt=at - lost_after) | Q(
        state=JobState.QUEUED, queued_at__lt=at - lost_after * 10, heartbeat_at__isnull=True
    )
    reaped = []
    for job in Job.objects.filter(silent).order_by("pk"):
        again = job.attempts < MAX_ATTEMPTS
        change: dict[str, Any] = (
            {"state": JobState.QUEUED, "step": "重新排队", "heartbeat_at": at}
            if again
            else {
                "state": JobState.LOST,
                "message": "处理进程多次中断，未产生任何结果。请重新发起。",
                "ended_at": at,
            }
        )
        with transaction.atomic():
            if not Job.objects.filter(silent, pk=job.pk).update(**change):
                continue
            record("job.reap", job, by=None, at=at, data={"attempts": job.attempts, "again": again})
            if again:
                transaction.on_commit(partial(run_job.enqueue, job.pk))
        reaped.append(job)
    return reaped
