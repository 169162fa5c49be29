"""Monthly progress: on time or late at the boundaries, who is late, reminders and the answer clock."""

from datetime import date
from decimal import Decimal

import pytest

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.plans import actions, task_states
from chanjiao.plans.enums import TaskState
from chanjiao.plans.lateness import late_units, owed_of_plan
from chanjiao.plans.models import Plan, ProgressReport, Reminder
from chanjiao.plans.months import is_late, report_due, reportable
from chanjiao.plans.progress import month_to_report, remind_late, report_progress
from tests.plans.world import held, make_world, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    made = make_world()
    made.first = made.task("1-1-1")
    made.in_force()
    return made


def report(world, month="2026-01", at=None, task=None, by=None, **fields):
    values = {"percent": 40, "text": "按计划推进"} | fields
    return report_progress(
        task or world.first, month=month, by=by or world.teacher, at=at or moment(2, 3), **values
    )


# The rhythm ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("month", "due"), [("2026-01", date(2026, 2, 5)), ("2026-12", date(2027, 1, 5))]
)
def test_a_month_is_due_on_the_day_of_the_next(month, due):
    plan = Plan(report_day=5)
    assert report_due(plan, month) == due
    assert not is_late(plan, month, due)
    assert is_late(plan, month, date.fromordinal(due.toordinal() + 1))


@pytest.mark.parametrize(("day", "late"), [(4, False), (5, False), (6, True)])
def test_the_due_day_itself_is_on_time(world, day, late):
    assert report(world, at=moment(2, day, 23)).is_late is late


def test_a_correction_keeps_what_the_first_report_was(world):
    row = report(world, at=moment(2, 5))
    row = report(world, at=moment(3, 1), percent=50, revision=row.revision)
    assert (row.is_late, row.percent, row.revision) == (False, 50, 2)
    assert ProgressReport.objects.count() == 1


def test_a_second_first_report_is_a_conflict(world):
    report(world)
    with pytest.raises(Conflict):
        report(world)
    with pytest.raises(Conflict):
        report(world, month="2026-02", revision=3)


@pytest.mark.parametrize("month", ["2025-12", "2026-03", "2026-13", "x", ""])
def test_only_months_from_the_assignment_to_now_are_reported(world, month):
    with pytest.raises(Invalid):
        report(world, month=month, at=moment(2, 3))


def test_months_to_choose_from(world):
    task = held(world.first)
    assert reportable(task, on=date(2026, 3, 1)) == ["2026-03", "2026-02", "2026-01"]
    assert month_to_report(task, [], on=date(2026, 3, 1)) == "2026-01"
    assert month_to_report(task, ["2026-01", "2026-02"], on=date(2026, 3, 1)) == "2026-03"


def test_the_newest_month_gives_the_figures_of_the_task(world):
    report(world, "2026-02", at=moment(2, 20), percent=60, current=Decimal(6))
    report(world, "2026-01", at=moment(2, 21), percent=30, current=Decimal(3))
    task = held(world.first)
    assert (task.progress, task.current, task.state) == (60, Decimal(6), TaskState.UNDER_WAY)


def test_milestones_and_the_end_of_the_task(world):
    task = world.task("1-1-2", milestones={"2026Q1": "调研", "2026Q2": "签约"})
    one, two = task.milestones.order_by("quarter")
    report(world, task=task, milestones=[one.pk, 10**9])
    assert held(one).done_on == date(2026, 2, 3)
    assert held(two).done_on is None
    report(world, "2026-02", at=moment(2, 28), task=task, finished=True)
    task = held(task)
    assert (task.state, task.progress, held(one).done_on) == (TaskState.DONE, 100, None)


def test_others_do_not_report(world):
    for actor in (world.recruiter, world.office, world.outsider):
        with pytest.raises(Refused):
            report(world, by=actor)
    assert not ProgressReport.objects.exists()


@pytest.mark.parametrize("percent", [-1, 101])
def test_percent_is_a_percent(world, percent):
    with pytest.raises(Invalid):
        report(world, percent=percent)


# Who is late -----------------------------------------------------------------------------------
@pytest.mark.parametrize(("day", "months"), [(5, []), (6, ["2026-01"])])
def test_late_begins_the_day_after(world, day, months):
    late = late_units(world.plan, at=moment(2, day))
    assert [item.month for row in late for item in row.owed] == months


def test_what_is_owed_and_what_is_not(world):
    stopped, done = world.task("1-1-2"), world.task("1-1-3")
    split = world.task("1-1-4")
    actions.split_task(
        split, [{"unit": world.school}, {"unit": world.firm}], reason="分工", by=world.office,
        at=moment(1, 12),
    )  # fmt: skip
    task_states.suspend_task(stopped, "等批复", by=world.office, at=moment(1, 15))
    task_states.finish_task(done, by=world.teacher, at=moment(1, 15))
    owed = owed_of_plan(world.plan, on=date(2026, 3, 1))
    assert [(o.task.code, o.month) for o in owed] == [
        ("1-1-1", "2026-01"), ("1-1-1", "2026-02"), ("1-1-4.1", "2026-01"),
        ("1-1-4.1", "2026-02"), ("1-1-4.2", "2026-01"), ("1-1-4.2", "2026-02"),
    ]  # fmt: skip


def test_a_reminder_reaches_the_late_and_is_answered_by_the_last_report(
    world, django_capture_on_commit_callbacks
):
    units = [world.school, world.firm]
    with django_capture_on_commit_callbacks(execute=True):
        unreached = remind_late(
            world.plan, units, date(2026, 3, 12), by=world.office, at=moment(3, 7)
        )
    assert unreached == []
    reminder = Reminder.objects.get()
    assert (reminder.unit, reminder.owed, reminder.month) == (world.school, 2, "2026-02")
    notice = world.teacher.user.notices.get(due_on__isnull=False)
    assert notice.due_on == date(2026, 3, 12)
    assert "有 2 份进展逾期未报，请在3 月 12 日前报送" in notice.text
    late = late_units(world.plan, at=moment(3, 10))[0]
    assert (late.asked_on, late.asked_days, late.answer_days) == (date(2026, 3, 7), 3, None)
    report(world, "2026-01", at=moment(3, 10))
    assert held(reminder).answered_at is None
    report(world, "2026-02", at=moment(3, 11))
    assert held(reminder).answered_at == moment(3, 11)
    late = late_units(world.plan, at=moment(5, 1))[0]
    assert (late.asked_days, late.answer_days) == (None, 4)


def test_nobody_late_nobody_reminded(world):
    with pytest.raises(Refused, match="不必催办"):
        remind_late(world.plan, [world.firm], date(2026, 3, 12), by=world.office, at=moment(3, 7))
    with pytest.raises(Refused, match="秘书处"):
        remind_late(world.plan, [world.school], date(2026, 3, 12), by=world.rival, at=moment(3, 7))
    with pytest.raises(Invalid):
        remind_late(world.plan, [world.school], date(2026, 3, 6), by=world.office, at=moment(3, 7))
    assert not Reminder.objects.exists()


@pytest.mark.parametrize("more", [0, 2])
def test_the_late_list_costs_the_same_for_one_and_three(world, more, django_assert_num_queries):
    for number in range(more):
        world.task(f"1-2-{number + 1}", unit=world.firm)
    with django_assert_num_queries(4):
        late_units(world.plan, at=moment(3, 7))
