"""The secretariat's plan pages: their cost in queries, empty states, old forms, what is refused."""

from datetime import date

import pytest
from django.urls import reverse

from chanjiao.council.enums import ResolutionState
from chanjiao.council.models import Resolution
from chanjiao.plans.enums import PlanState
from chanjiao.plans.models import Plan, Task, TaskGroup
from chanjiao.trail.models import Entry
from tests.council.world import closed
from tests.council.world import make_world as make_council
from tests.plans.world import held, make_world
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def at(name: str, *args) -> str:
    return reverse(f"desk:{name}", args=args)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("name", "cost"),
    [
        ("plan_list", 10),
        ("plan_detail", 13),
        ("plan_groups", 10),
        ("plan_late", 12),
        ("plan_book", 10),
    ],
)
def test_pages_of_a_plan_cost_the_same_whatever_the_tasks(world, rows, name, cost):
    for number in range(1, rows + 1):
        world.task(f"1-{number}-1", milestones={"2026Q2": "启动"}, partners=[world.firm])
    world.in_force()
    address = at(name) if name == "plan_list" else at(name, world.plan.pk)
    assert queries(world.office, address) == cost


@pytest.mark.parametrize("rows", [1, 3])
def test_a_task_costs_the_same_whatever_its_partners(world, rows):
    others = list(world.consortium.memberships.order_by("pk"))[1 : 1 + rows]
    task = world.task(partners=[row.unit for row in others if row.unit_id != world.school.pk])
    world.in_force()
    assert queries(world.office, at("task_detail", task.pk)) == 18


@pytest.mark.parametrize("rows", [1, 3])
def test_the_review_costs_the_same_whatever_the_tasks(world, rows):
    for number in range(1, rows + 1):
        world.task(f"1-{number}-1")
    world.moved(PlanState.MIDYEAR)
    assert queries(world.office, at("plan_review", world.plan.pk, "midyear")) == 14


def test_empty_pages_say_how_to_begin(world):
    for address, said in (
        (at("plan_detail", world.plan.pk), "计划里还没有任务。请逐项新增，或导入任务书"),
        (at("plan_groups", world.plan.pk), "先新增任务"),
        (at("plan_book", world.plan.pk), "还没有。上传一次本单位的任务书"),
        (at("rectification_list"), "没有整改"),
    ):
        assert said in text(get(world.office, address)), address
    Plan.objects.all().delete()
    assert "还没有年度计划。请先新建计划" in text(get(world.office, at("plan_list")))


def test_an_old_form_of_the_plan_is_refused_and_loses_nothing(world):
    world.task()
    world.in_force()
    old = held(world.plan).revision
    given = {"title": "甲的名称", "report_day": 6, "reason": "更正", "revision": old}
    assert post(world.office, at("plan_edit", world.plan.pk), given).status_code == 302
    answer = post(world.second, at("plan_edit", world.plan.pk), given | {"title": "乙的名称"})
    assert answer.status_code == 409
    assert "已被他人修改" in text(answer) and "乙的名称" in text(answer)
    assert held(world.plan).title == "甲的名称"


def test_group_names_are_saved_together_or_not_at_all(world):
    world.task("1-1-1")
    world.task("2-1-1")
    address = at("plan_groups", world.plan.pk)
    given = {
        "revision": held(world.plan).revision,
        "name-1": "治理",
        "name-1-1": "组织",
        "name-2": "",
    }
    assert post(world.office, address, given).status_code == 302
    assert dict(TaskGroup.objects.order_by("pk").values_list("code", "name")) == {
        "1": "治理", "1-1": "组织",
    }  # fmt: skip
    entry = Entry.objects.get(action="plan.group")
    assert entry.data["names"] == {"1": "治理", "1-1": "组织"}
    stale = post(world.second, address, given | {"name-1": "别的"})
    assert stale.status_code == 409 and "别的" in text(stale)
    assert TaskGroup.objects.get(code="1").name == "治理"


def test_group_names_that_one_of_them_spoils_are_none_of_them_saved(world):
    world.task("1-1-1")
    address = at("plan_groups", world.plan.pk)
    given = {"revision": held(world.plan).revision, "name-1": "治理", "name-1-1": "长" * 121}
    answer = post(world.office, address, given)
    assert answer.status_code == 422 and "120" in text(answer)
    assert not TaskGroup.objects.exists()


@pytest.mark.parametrize(
    "name", ["plan_detail", "plan_edit", "plan_groups", "plan_book", "task_new"]
)
def test_another_secretariat_finds_no_such_plan(world, name):
    assert get(world.far_office, at(name, world.plan.pk)).status_code == 404


def test_a_closing_year_says_why_no_task_can_be_added(world):
    world.task()
    world.moved(PlanState.YEAREND)
    shown = text(get(world.office, at("plan_detail", world.plan.pk)))
    assert "计划已进入“年终评审”阶段" in shown
    given = {"code": "1-1-2", "name": "新任务", "unit": world.school.pk, "direction": "higher",
             "weight": 1, "starts_on": "2026-01-01", "due_on": "2026-12-31", "reason": "补"}  # fmt: skip
    answer = post(world.office, at("task_new", world.plan.pk), given)
    assert answer.status_code == 422 and not Task.objects.filter(code="1-1-2").exists()


# From a resolution ---------------------------------------------------------------------------------
def resolution_page(world, row) -> str:
    return text(get(world.secretary, at("resolution_detail", row.pk)))


def test_a_task_is_made_from_a_resolution_by_its_button():
    world = make_council()
    closed(world)
    row = Resolution.objects.get()
    assert "没有可以新增任务的年度计划" in resolution_page(world, row)
    plan = Plan.objects.create(
        consortium=world.consortium, year=2026, title="2026 年度计划", created_at=world.by["at"]
    )
    unit = world.consortium.memberships.order_by("pk")[0].unit
    Resolution.objects.filter(pk=row.pk).update(
        unit=unit, todo="分解到季度", due_on=date(2026, 12, 20), state=ResolutionState.UNDERWAY
    )
    address = f"{at('task_new', plan.pk)}?resolution={row.pk}"
    assert f'href="{address}"' in resolution_page(world, row)
    form = text(get(world.secretary, address))
    for filled in (
        f'value="{row.title}"',
        "分解到季度",
        f'<option value="{unit.pk}" selected>',
        "2026-12-20",
    ):
        assert filled in form, filled
    given = {"code": "1-1-1", "name": row.title, "unit": unit.pk, "direction": "yes_no", "weight": 1,
             "starts_on": "2026-01-01", "due_on": "2026-12-20", "resolutions": [row.pk]}  # fmt: skip
    assert post(world.secretary, at("task_new", plan.pk), given).status_code == 302
    shown = resolution_page(world, row)
    assert f"1-1-1 {row.title}</a>" in shown


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"passed": False, "state": ResolutionState.NOT_PASSED}, "决议未通过，不用落实。"),
     ({"state": ResolutionState.CARRIED_OUT, "carried_out_on": date(2026, 12, 21)}, "决议已办结。")],
)  # fmt: skip
def test_what_needs_no_task_says_so_on_the_button(change, reason):
    world = make_council()
    closed(world)
    Resolution.objects.update(**change)
    row = Resolution.objects.get()
    shown = resolution_page(world, row)
    assert "从决议生成任务" in shown and reason in shown
