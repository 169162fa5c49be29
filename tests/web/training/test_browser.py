"""Programmes, mentors and graduates in a real browser, at a desk and on a phone.

Set CHANJIAO_SHOTS to a folder to keep the pictures.
"""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from chanjiao.kernel import clock
from chanjiao.links.queries import token_of
from chanjiao.training.enums import Destination, ProgrammeKind, ProgrammeState
from chanjiao.training.outcome_actions import OutcomeFields, ask_outcome, record_outcome
from chanjiao.training.plan_actions import write_plan
from chanjiao.training.register_actions import record_stay, record_work
from tests.matching.world import make_student
from tests.training.programmes_world import (
    in_state,
    items,
    make_master,
    make_programme,
    make_tutor,
    make_world,
    place,
    running,
)
from tests.web.rounds.test_browser import SIZES, examine, open_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
GRADUATED = date(2025, 6, 30)


@pytest.fixture
def world():
    """One of everything the pages show."""
    found = make_world()
    row = running(found)
    second = make_programme(found, ProgrammeKind.APPRENTICE, name="数控装调现代学徒制试点班")
    write_plan(second, items(found)[:2], **found.by)
    in_state(second, ProgrammeState.RUNNING)
    make_programme(found, ProgrammeKind.FIELD_ENGINEER, name="智能产线现场工程师")
    master = make_master(found)
    tutor = make_tutor(found, dual_level="中级", dual_until=date(2026, 12, 20))
    place(found, found.students[0], master, tutor, one=row.classes.get())
    record_work(
        master,
        day=date(2026, 11, 2),
        minutes=90,
        what="讲授数控编程",
        school=found.school,
        **found.by,
    )
    record_stay(
        tutor, host=found.firm, starts_on=date(2026, 7, 6), ends_on=date(2026, 8, 1), days=20,
        what="参与主轴装配工艺改进", **found.by,
    )  # fmt: skip
    graduates = [make_student(found.cohort, index) for index in range(9)]
    for index, student in enumerate(graduates):
        given = OutcomeFields(
            Destination.EMPLOYED, found.firm.name, "park", "6-18" if index % 3 else "4-03"
        )
        for months in (0, 6):
            record_outcome(
                student, months, GRADUATED,
                given if index < 7 else OutcomeFields(Destination.SEEKING), **found.by,
            )  # fmt: skip
    return found


@pytest.mark.parametrize("size", SIZES)
def test_the_pages_of_schools_and_the_office(live_server, browser, world, size):
    row = running_of(world)
    teacher, office = world.teacher, world.office
    shown = [
        (teacher, "member:programme_list", []),
        (teacher, "member:programme_detail", [row.pk]),
        (teacher, "member:programme_item_new", [row.pk]),
        (teacher, "member:class_detail", [row.classes.get().pk]),
        (teacher, "member:mentor_list", []),
        (teacher, "member:mentor_detail", [world.school.mentors.get().pk]),
        (teacher, "member:outcome_list", []),
        (office, "desk:programme_list", []),
        (office, "desk:mentor_list", []),
        (office, "desk:stay_list", []),
        (office, "desk:retention", []),
    ]
    pages = {actor.pk: open_page(browser, live_server, actor, size) for actor in (teacher, office)}
    for actor, name, args in shown:
        page = pages[actor.pk]
        page.goto(live_server.url + reverse(name, args=args))
        examine(page, name.replace(":", "-"), size)


def running_of(world):
    from chanjiao.training.models import Programme

    return Programme.objects.get(kind=ProgrammeKind.ORDER, consortium=world.consortium)


def test_a_student_and_a_graduate_on_their_phones(live_server, browser, world):
    index = world.base.students.index(world.students[0])
    page = open_page(browser, live_server, world.base.actor(index), "narrow")
    page.goto(live_server.url + reverse("student:class_list"))
    page.locator("summary").last.click()
    examine(page, "student-class_list", "narrow")
    now = clock.now()
    (row, link), *_ = ask_outcome(
        world.students,
        0,
        GRADUATED,
        clock.day_of(now) + timedelta(days=5),
        by=world.teacher,
        at=now,
    )
    phone = open_page(browser, live_server, None, "narrow", java_script_enabled=False)
    phone.goto(live_server.url + reverse("portal:survey", args=[token_of(link)]))
    page_bytes = len(phone.content().encode())
    assert page_bytes < 30_000, page_bytes
    phone.get_by_label("就业", exact=True).check()
    phone.get_by_role("button", name="提交").click()
    assert "请选择工作所在地区" in phone.content()
    phone.get_by_label("工作单位全称").fill(world.firm.name)
    phone.get_by_label("工作所在地区").select_option("park")
    phone.get_by_label("从事的职业").select_option("6-18")
    phone.get_by_role("button", name="提交").click()
    assert "已填报" in phone.content()
    row.refresh_from_db()
    assert row.by_student and row.unit == world.firm
    seen = open_page(browser, live_server, None, "narrow")
    seen.goto(live_server.url + reverse("portal:survey", args=[token_of(link)]))
    examine(seen, "survey", "narrow")
