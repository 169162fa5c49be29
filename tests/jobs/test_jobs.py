"""A job is done once, its progress is seen, and a killed worker's job is never lost."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from datetime import timedelta

import pytest
from django.core.management import call_command

from chanjiao.jobs import actions, registry
from chanjiao.jobs.enums import JobState
from chanjiao.jobs.models import Job
from chanjiao.jobs.tasks import run_job
from chanjiao.kernel import clock
from chanjiao.kernel.verdict import Refused
from chanjiao.people.access import actor_of
from chanjiao.people.models import User
from chanjiao.trail.models import Entry

NOW = clock.now()


@pytest.fixture
def owner(db):
    return actor_of(
        User.objects.create(username="u", name="王秘书", created_at=NOW), clock.day_of(NOW)
    )


@pytest.fixture
def kinds(monkeypatch):
    monkeypatch.setattr(registry, "_runners", {})
    return registry.register


def start(owner, captured, kind="test"):
    with captured(execute=True):
        return actions.start_job(kind, "试验", {"n": 3}, by=owner, at=NOW)


@pytest.mark.django_db(transaction=True)
def test_a_job_runs_and_says_how_it_went(kinds):
    kinds("test", lambda job, progress: progress(1, 3, "读取") or f"读了 {job.arguments['n']} 行。")
    user = User.objects.create(username="u", name="王秘书", created_at=NOW)
    owner = actor_of(user, clock.day_of(NOW))
    job = actions.start_job("test", "试验", {"n": 3}, by=owner, at=NOW)
    job.refresh_from_db()
    assert (job.state, job.message, job.percent) == (JobState.DONE, "读了 3 行。", 100)
    assert (job.done, job.total, job.step) == (1, 3, "读取")
    assert list(Entry.objects.order_by("sequence").values_list("action", flat=True)) == [
        "job.start",
        "job.end",
    ]


def test_a_refusal_is_the_message_and_an_error_is_not_shown(
    owner, kinds, django_capture_on_commit_callbacks, caplog
):
    def refused(job, progress):
        raise Refused("本轮已公布。")

    def broken(job, progress):
        raise ZeroDivisionError("secret detail")

    kinds("refused", refused)
    kinds("broken", broken)
    first = start(owner, django_capture_on_commit_callbacks, "refused")
    second = start(owner, django_capture_on_commit_callbacks, "broken")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, first.message) == (JobState.FAILED, "本轮已公布。")
    assert second.state == JobState.FAILED and "secret" not in second.message
    assert "secret detail" in caplog.text


def test_a_job_delivered_twice_runs_once(owner, kinds, django_capture_on_commit_callbacks):
    ran = []
    kinds("test", lambda job, progress: ran.append(job.pk) or "好。")
    job = start(owner, django_capture_on_commit_callbacks)
    run_job.call(job.pk)
    assert ran == [job.pk]


def test_a_silent_job_is_taken_up_again_and_given_up_after_three_tries(
    owner, kinds, django_capture_on_commit_callbacks
):
    job = Job.objects.create(
        kind="test", title="试验", owner=owner.user, queued_at=NOW, state=JobState.RUNNING,
        heartbeat_at=NOW, attempts=1,
    )  # fmt: skip
    kinds("test", lambda job, progress: "好。")
    late = NOW + timedelta(seconds=61)
    assert actions.reap_jobs(at=NOW + timedelta(seconds=59), lost_after=timedelta(seconds=60)) == []
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.reap_jobs(at=late, lost_after=timedelta(seconds=60)) == [job]
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=3, heartbeat_at=NOW)
    actions.reap_jobs(at=late, lost_after=timedelta(seconds=60))
    job.refresh_from_db()
    assert job.state == JobState.LOST and "重新发起" in job.message
    assert actions.reap_jobs(at=late + timedelta(days=1), lost_after=timedelta(seconds=60)) == []


WORKER = textwrap.dedent("""
    import sys, time, django
    django.setup()
    from chanjiao.jobs import commands, registry
    def slow(job, progress):
        for step in range(20):
            progress(step, 20, "慢")
            time.sleep(0.1 if job.attempts > 1 else 30)
        return "做完了。"
    registry.register("slow", slow)
    commands.REAP_SECONDS = 0.5
    from argparse import Namespace
    commands._work(Namespace(parent=None))
""")


def test_a_worker_killed_outright_loses_nothing(tmp_path):
    """Two real worker processes on a real database; the first dies by SIGKILL in mid-job."""
    environment = {
        **os.environ, "CHANJIAO_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "chanjiao.settings",
        "CHANJIAO_JOB_LOST_AFTER": "8", "PYTHONPATH": os.pathsep.join(sys.path), "DATABASE_URL": "",
    }  # fmt: skip

    def python(code):
        command = [sys.executable, "-c", code]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout

    python(
        "import django; django.setup(); from django.core.management import call_command;"
        "call_command('migrate', verbosity=0);"
        "from chanjiao.people.models import User; from chanjiao.people.access import actor_of;"
        "from chanjiao.kernel import clock; from chanjiao.jobs.actions import start_job;"
        "at = clock.now(); u = User.objects.create(username='u', name='u', created_at=at);"
        "start_job('slow', '慢', {}, by=actor_of(u, clock.day_of(at)), at=at)"
    )

    def job():
        with closing(sqlite3.connect(tmp_path / "chanjiao.sqlite3")) as file:
            return file.execute("SELECT state, attempts, message FROM jobs_job").fetchone()

    first = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
    try:
        _wait(lambda: job()[0] == "running")
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    second = subprocess.Popen([sys.executable, "-c", WORKER], env=environment)
    try:
        _wait(lambda: job() == ("done", 2, "做完了。"))
    finally:
        second.kill()
        second.wait()


def _wait(condition, seconds=180):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.3)


@pytest.mark.django_db
def test_the_settings_pass_djangos_own_checks():
    call_command("check")
