"""Plans and tasks: states × states × roles, reasons and the trail, parts, access."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.plans import actions, rules, task_states
from chanjiao.plans.codes import groups_of, place_of, read_code
from chanjiao.plans.enums import PLAN_MOVES, TASK_MOVES, PlanState, TaskState
from chanjiao.plans.models import Plan, Task
from chanjiao.plans.queries import gantt_rows, plans_visible_to, tasks_visible_to
from chanjiao.trail.models import Entry
from tests.plans.world import START, YEAR, held, make_world, moment

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


# Codes -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2-1-1", "2-1-1"),
        (" ２－１－１ ", "2-1-1"),
        ("2—1—1", "2-1-1"),
        ("2-1-1.2", "2-1-1.2"),
        ("7", "7"),
    ],
)
def test_codes_are_read_as_people_type_them(typed, kept):
    assert read_code(typed) == kept


@pytest.mark.parametrize("typed", ["", "0-1", "2-1-1-1", "a-1", "2--1", "2-1-", "2-1.0", "1" * 30])
def test_what_is_no_code_is_refused(typed):
    with pytest.raises(ValueError, match="任务编号"):
        read_code(typed)


def test_codes_are_ordered_as_numbers():
    codes = ["10-1-1", "2-1-10", "2-1-2", "2-1-2.10", "2-1-2.9", "2"]
    assert sorted(codes, key=place_of) == ["2", "2-1-2", "2-1-2.9", "2-1-2.10", "2-1-10", "10-1-1"]
    assert groups_of("2-1-2.9") == ["2", "2-1"]


# Plans -----------------------------------------------------------------------------------------
def people(world):
    return {
        "office": world.office, "unit": world.teacher, "fellow": world.rival,
        "outsider": world.outsider, "far_office": world.far_office, "nobody": None,
    }  # fmt: skip


@pytest.mark.parametrize("state", list(PlanState))
@pytest.mark.parametrize("target", list(PlanState))
def test_only_the_office_moves_a_plan_and_only_as_the_table_says(world, state, target):
    Plan.objects.filter(pk=world.plan.pk).update(state=state)
    plan = held(world.plan)
    for who, actor in people(world).items():
        allowed = bool(rules.may_move_plan(actor, plan, target))
        assert allowed == (who == "office" and target in PLAN_MOVES[state]), who


def test_an_empty_plan_is_not_put_in_force(world):
    with pytest.raises(Refused, match="还没有任务"):
        world.in_force()


def test_in_force_all_tasks_are_assigned_and_the_units_told(
    world, django_capture_on_commit_callbacks
):
    one, two = world.task("1-1-1"), world.task("1-1-2", unit=world.firm)
    with django_capture_on_commit_callbacks(execute=True):
        world.in_force()
    assert {held(one).state, held(two).state} == {TaskState.ASSIGNED}
    assert world.teacher.user.notices.get().text.startswith("2026 年度计划已下达")


def test_back_to_an_earlier_stage_needs_a_reason(world):
    world.task()
    plan = world.moved(PlanState.MIDYEAR)
    with pytest.raises(Invalid):
        actions.move_plan(plan, PlanState.IN_FORCE, by=world.office, at=START)
    actions.move_plan(plan, PlanState.IN_FORCE, reason="提前开启", by=world.office, at=START)
    assert Entry.objects.order_by("sequence").last().reason == "提前开启"


def test_one_plan_a_year(world):
    with pytest.raises(Invalid, match="已有这一年度"):
        actions.create_plan(world.consortium, year=YEAR, title="又一份", by=world.office, at=START)


# Tasks -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("state", list(TaskState))
@pytest.mark.parametrize("target", list(TaskState))
def test_only_the_office_moves_a_task_and_only_as_the_table_says(world, state, target):
    task = world.task()
    world.in_force()
    Task.objects.filter(pk=task.pk).update(state=state, state_reason="x")
    task = held(task)
    for who, actor in people(world).items():
        allowed = bool(rules.may_move_task(actor, task, target))
        assert allowed == (who == "office" and target in TASK_MOVES[state]), who


@pytest.mark.parametrize("state", list(TaskState))
def test_the_unit_reports_and_finishes_live_tasks_only(world, state):
    task = world.task()
    world.in_force()
    Task.objects.filter(pk=task.pk).update(state=state, state_reason="x")
    task = held(task)
    live = state in {TaskState.ASSIGNED, TaskState.UNDER_WAY}
    for who, actor in people(world).items():
        assert bool(rules.may_report(actor, task, has_parts=False)) == (live and who == "unit")
        finishing = bool(rules.may_finish(actor, task, has_parts=False))
        assert finishing == (live and who in {"unit", "office"}), who
        assert not rules.may_report(actor, task, has_parts=True)


@pytest.mark.parametrize("state", list(PlanState))
def test_tasks_change_until_the_year_end_review(world, state):
    task = world.task()
    Plan.objects.filter(pk=world.plan.pk).update(state=state)
    task = held(task)
    for who, actor in people(world).items():
        allowed = bool(rules.may_edit_task(actor, task))
        open_ = state in {PlanState.DRAFT, PlanState.IN_FORCE, PlanState.MIDYEAR}
        assert allowed == (who == "office" and open_), who


def test_editing_in_force_needs_a_reason_and_leaves_old_and_new(world):
    task = world.task()
    world.in_force()
    task = held(task)
    change = {"target": Decimal(12), "milestones": {"2026Q2": "完成调研"}}
    with pytest.raises(Invalid, match="原因"):
        actions.update_task(task, change, revision=task.revision, by=world.office, at=START)
    actions.update_task(
        task, change, reason="上级调整", revision=task.revision, by=world.office, at=START
    )
    entry = Entry.objects.order_by("sequence").last()
    assert entry.reason == "上级调整"
    assert entry.data["before"] == {"target": "10", "milestones": {}}
    assert entry.data["after"] == {"target": "12", "milestones": {"2026Q2": "完成调研"}}
    assert held(task).milestones.get().due_on == date(2026, 6, 30)


def test_an_edit_from_an_older_revision_is_refused(world):
    task = world.task()
    actions.update_task(task, {"name": "甲"}, revision=task.revision, by=world.office, at=START)
    with pytest.raises(Conflict):
        actions.update_task(task, {"name": "乙"}, revision=task.revision, by=world.second, at=START)
    assert held(task).name == "甲"


def test_an_edit_that_changes_nothing_leaves_no_trail(world):
    task = world.task()
    before = Entry.objects.count()
    actions.update_task(
        task, {"name": task.name}, revision=task.revision, by=world.office, at=START
    )
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("code", "2-1-1-1"),
        ("due_on", date(2025, 12, 31)),
        ("weight", Decimal(-1)),
        ("direction", "sideways"),
        ("measure", ""),
    ],
)
def test_what_is_not_valid_is_named_by_field(world, field, value):
    with pytest.raises(Invalid) as caught:
        world.task(**{field: value})
    assert field in caught.value.problems
    assert not Task.objects.exists()


def test_a_task_is_for_present_members_only(world):
    outside = world.outsider.roles.keys()
    unit = Task._meta.get_field("unit").related_model.objects.get(pk=next(iter(outside)))
    with pytest.raises(Invalid, match="不是在任成员"):
        world.task(unit=unit)
    with pytest.raises(Invalid) as caught:
        world.task(partners=[unit])
    assert set(caught.value.problems) == {"partners"}


def test_the_database_refuses_two_tasks_with_one_code(world):
    world.task()
    with pytest.raises(Invalid, match="已被使用"):
        world.task()
    with pytest.raises(IntegrityError), transaction.atomic():
        Task.objects.create(
            plan=world.plan, code="1-1-1", name="x", unit=world.school, created_at=START,
            starts_on=date(2026, 1, 1), due_on=date(2026, 2, 1),
        )  # fmt: skip


# Parts -----------------------------------------------------------------------------------------
def split(world, task, **fields):
    parts = [
        {"unit": world.school, "weight": Decimal(1)},
        {"unit": world.firm, "weight": Decimal(3)},
    ]
    return actions.split_task(task, parts, by=world.office, at=START, **fields)


def test_a_split_task_has_parts_with_codes_of_its_own(world):
    parts = split(world, world.task())
    assert [part.code for part in parts] == ["1-1-1.1", "1-1-1.2"]
    assert [part.unit for part in parts] == [world.school, world.firm]


def test_a_part_is_not_split_again_nor_a_whole_twice(world):
    task = world.task()
    parts = split(world, task)
    for again in (task, parts[0]):
        with pytest.raises(Refused):
            split(world, held(again))


def test_the_whole_follows_its_parts(world):
    task = world.task()
    one, two = split(world, task)
    world.in_force()
    task_states.finish_task(one, by=world.teacher, at=START)
    assert (held(task).progress, held(task).state) == (25, TaskState.UNDER_WAY)
    with pytest.raises(Refused, match="子任务"):
        task_states.finish_task(task, by=world.office, at=START)
    task_states.finish_task(two, by=world.recruiter, at=START)
    assert (held(task).progress, held(task).state) == (100, TaskState.DONE)
    task_states.reopen_task(two, "数据有误", by=world.office, at=START)
    assert held(task).state == TaskState.UNDER_WAY


def test_parts_keep_the_code_of_their_whole(world):
    task = world.task()
    split(world, task)
    task = held(task)
    actions.update_task(task, {"code": "3-2-1"}, revision=task.revision, by=world.office, at=START)
    codes = Task.objects.order_by("place").values_list("code", flat=True)
    assert list(codes) == ["3-2-1", "3-2-1.1", "3-2-1.2"]


def test_cancelled_with_its_parts_and_never_without_a_reason(world):
    task = world.task()
    parts = split(world, task)
    world.in_force()
    with pytest.raises(Invalid):
        task_states.cancel_task(task, " ", by=world.office, at=START)
    task_states.cancel_task(task, "项目取消", by=world.office, at=START)
    assert {held(row).state for row in (task, *parts)} == {TaskState.CANCELLED}
    assert held(parts[1]).state_reason == "项目取消"


# Who sees what ---------------------------------------------------------------------------------
def test_members_see_their_own_tasks_once_the_plan_is_in_force(world):
    own = world.task("1-1-1", partners=[world.firm])
    world.task("1-1-2", unit=world.firm)
    assert not tasks_visible_to(world.teacher).exists()
    world.in_force()
    assert list(tasks_visible_to(world.teacher)) == [own]
    assert tasks_visible_to(world.recruiter).count() == 2
    assert not tasks_visible_to(world.rival).exists()
    assert not tasks_visible_to(world.outsider).exists()
    assert not tasks_visible_to(None).exists()
    assert tasks_visible_to(world.office).count() == 2
    assert not tasks_visible_to(world.far_office).exists()
    assert plans_visible_to(world.teacher).exists()
    assert not plans_visible_to(world.rival).exists()


def test_a_task_is_seen_once_however_many_ways_lead_to_it(world):
    world.task(partners=[world.firm])
    world.in_force()
    both = world.recruiter.user.appointments.create(
        unit=world.school, role="staff", starts_on=date(2026, 1, 1)
    ).user
    from tests.people.world import seen

    assert tasks_visible_to(seen(both)).count() == 1


def test_gantt_rows_take_two_queries(world, django_assert_num_queries):
    for number in range(1, 4):
        world.task(f"1-1-{number}", milestones={"2026Q1": "启动", "2026Q4": "验收"})
    with django_assert_num_queries(2):
        rows = gantt_rows(world.plan)
    assert [row.task.code for row in rows] == ["1-1-1", "1-1-2", "1-1-3"]
    assert [m.text for m in rows[0].milestones] == ["启动", "验收"]
    assert moment(12, 31).date() == rows[0].due
