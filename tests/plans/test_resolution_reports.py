"""A resolution is reported when the last of its tasks is done, by whoever acts for its unit."""

import pytest

from chanjiao.council.enums import ResolutionState
from chanjiao.council.models import Resolution
from chanjiao.notices.models import Notice
from chanjiao.plans.progress import report_progress
from tests.plans.world import held, moment
from tests.reports.world import make_world

pytestmark = pytest.mark.django_db


def finish(task, by):
    report_progress(
        held(task),
        month="2026-06",
        percent=100,
        text="已完成",
        finished=True,
        by=by,
        at=moment(7, 1),
    )


def test_only_the_last_task_reports_and_only_for_the_own_unit():
    base = make_world().base
    resolution = Resolution.objects.get(state=ResolutionState.UNDERWAY)
    first = base.task("3-1-1", unit=base.firm)
    last = base.task("3-1-2", unit=base.firm)
    for task in (first, last):
        task.resolutions.add(resolution)
    finish(first, base.recruiter)
    assert held(resolution).state == ResolutionState.UNDERWAY
    finish(last, base.recruiter)
    assert held(resolution).state == ResolutionState.REPORTED
    assert "3-1-1、3-1-2" in resolution.reports.get().text


def test_another_unit_s_last_task_asks_the_owner_to_report(django_capture_on_commit_callbacks):
    base = make_world().base
    resolution = Resolution.objects.get(state=ResolutionState.UNDERWAY)
    task = base.task("3-1-1", unit=base.school)
    task.resolutions.add(resolution)
    with django_capture_on_commit_callbacks(execute=True):
        finish(task, base.teacher)
    assert held(resolution).state == ResolutionState.UNDERWAY
    told = Notice.objects.get(user=base.recruiter.user, text__contains="请报告办结")
    assert told.link == f"/member/council/resolutions/{resolution.pk}/"
