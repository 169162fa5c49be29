"""A member's plan pages: their cost in queries, empty states, whose tasks, what is refused."""

import pytest
from django.urls import reverse

from chanjiao.plans.models import ProgressReport
from tests.people.world import stranger
from tests.plans.world import make_world
from tests.web.rounds.pages import get, post, queries, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def at(name: str, *args) -> str:
    return reverse(f"member:{name}", args=args)


@pytest.mark.parametrize("rows", [1, 3])
def test_own_tasks_cost_the_same_whatever_their_number(world, rows):
    for number in range(1, rows + 1):
        world.task(f"1-{number}-1")
        world.task(f"2-{number}-1", unit=world.firm, partners=[world.school])
    world.in_force()
    assert queries(world.teacher, at("task_list")) == 11


@pytest.mark.parametrize("rows", [1, 3])
def test_a_task_costs_the_same_whatever_its_milestones(world, rows):
    task = world.task(milestones={f"2026Q{n}": "节点" for n in range(1, rows + 1)})
    world.in_force()
    assert queries(world.teacher, at("task_detail", task.pk)) == 17
    assert queries(world.teacher, at("task_report", task.pk)) == 12


def test_a_unit_without_tasks_is_told_when_they_will_come(world):
    assert "本单位没有任务。秘书处下达年度计划后" in text(get(world.teacher, at("task_list")))
    assert "没有需要整改的事项。" in text(get(world.teacher, at("rectification_list")))


def test_a_draft_plan_is_not_shown_to_members(world):
    task = world.task()
    assert get(world.teacher, at("task_detail", task.pk)).status_code == 404
    world.in_force()
    assert get(world.teacher, at("task_detail", task.pk)).status_code == 200


def test_another_units_task_is_not_found_and_not_reported(world):
    task = world.task()
    world.in_force()
    for person in (world.rival, world.outsider):
        for name in ("task_detail", "task_report"):
            assert get(person, at(name, task.pk)).status_code == 404, name
    given = {"month": "2026-02", "percent": 50, "current": 5, "text": "推进"}
    assert post(world.rival, at("task_report", task.pk), given).status_code == 404
    assert not ProgressReport.objects.exists()
    assert get(stranger(), at("task_detail", task.pk)).status_code in {302, 403, 404}


def test_a_report_that_says_too_much_keeps_what_was_typed(world):
    task = world.task()
    world.in_force()
    given = {"month": "2026-02", "percent": 120, "text": "超额推进"}
    answer = post(world.teacher, at("task_report", task.pk), given)
    assert answer.status_code == 422
    assert "超额推进" in text(answer) and "100" in text(answer)
    assert not ProgressReport.objects.exists()


def test_a_partner_sees_the_task_and_does_not_report_it(world):
    task = world.task(partners=[world.firm])
    world.in_force()
    assert "协同的任务" in text(get(world.recruiter, at("task_list")))
    assert "报送进展" not in text(get(world.recruiter, at("task_detail", task.pk)))
    given = {"month": "2026-02", "percent": 50, "current": 5, "text": "推进"}
    answer = post(world.recruiter, at("task_report", task.pk), given)
    assert answer.status_code == 422 and "只有责任单位的人员可以办理。" in text(answer)


def test_own_tasks_stand_under_their_year(world):
    world.task()
    world.in_force()
    assert "<h2>2026 年度</h2>" in text(get(world.teacher, at("task_list")))
