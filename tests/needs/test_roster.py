"""Rosters in and out, and the way to an account."""

from datetime import date
from decimal import Decimal

import pytest

from chanjiao.kernel.verdict import Refused
from chanjiao.needs.actions import claim_student, invite_students
from chanjiao.needs.enums import ListingState
from chanjiao.needs.models import Student
from chanjiao.needs.queries import students_visible_to
from chanjiao.people.actions import accept_invitation
from chanjiao.sheets.actions import commit_import
from tests.needs.world import (
    exported_rows,
    in_state,
    make_cohort,
    make_world,
    upload_rows,
)
from tests.people.world import AT

pytestmark = pytest.mark.django_db
STUDENT = {
    "student_number": "20240101",
    "name": "示例学生",
    "sex": "male",
    "birth_date": date(2006, 5, 12),
    "cohort_number": None,
    "major_code": "460103",
    "entry_year": 2024,
    "grade_points": Decimal("86.50"),
    "skill_points": Decimal("90.00"),
}


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def brought_in(world, commits, *rows, actor=None, unit="school"):
    actor = actor or world.teacher
    whose = world.school if unit == "school" else None
    made = upload_rows("students", world, actor, whose, rows, commits)
    if not made.report["bad"]:
        with commits(execute=True):
            commit_import(made, by=actor, at=AT)
        made.refresh_from_db()
    return made


def faults(made):
    return [(p["row"], p["title"], p["code"]) for p in made.report["problems"]]


def test_students_find_their_cohort_by_number_or_by_major_and_year(world, commits):
    cohort = make_cohort(world)
    rows = [
        STUDENT,
        STUDENT
        | {"student_number": "20240102", "cohort_number": cohort.number, "major_code": None},
    ]
    made = brought_in(world, commits, *rows)
    assert made.report["problems"] == []
    assert set(Student.objects.values_list("cohort", flat=True)) == {cohort.pk}
    assert Student.objects.get(student_number="20240101").grade_points == Decimal("86.50")


def test_two_cohorts_of_one_major_must_be_told_apart(world, commits):
    make_cohort(world)
    make_cohort(world, title="2 班")
    made = brought_in(world, commits, STUDENT)
    assert faults(made) == [(4, "批次编号", "cohort")]
    assert "XS-2026Q4-0001、XS-2026Q4-0002" in made.report["problems"][0]["message"]


def test_what_is_wrong_with_a_student_is_said_at_its_cell(world, commits):
    make_cohort(world)
    rows = [
        STUDENT | {"birth_date": date(2011, 3, 2)},
        STUDENT | {"student_number": "20240102", "entry_year": 2025},
        STUDENT | {"student_number": "20240103", "grade_points": Decimal("101")},
        STUDENT,
    ]
    assert faults(brought_in(world, commits, *rows)) == [
        (4, "出生日期", "too_young"),
        (5, "专业代码", "cohort"),
        (6, "综合成绩", "too_large"),
        (7, "学号", "repeated"),
    ]


def test_a_student_who_is_sixteen_on_the_first_day_may_go(world, commits):
    make_cohort(world)
    assert faults(brought_in(world, commits, STUDENT | {"birth_date": date(2011, 3, 1)})) == []


def test_the_same_number_again_updates_and_an_export_changes_nothing(world, commits):
    make_cohort(world)
    brought_in(world, commits, STUDENT)
    brought_in(world, commits, STUDENT | {"name": "改名"})
    student = Student.objects.get()
    assert (student.name, student.revision) == ("改名", 2)
    rows = exported_rows("students", world, world.teacher, world.school)
    made = brought_in(world, commits, *rows)
    assert made.report["written"] == {"created": 0, "updated": 0, "unchanged": 1}


def test_the_secretariat_brings_rosters_in_but_takes_none_out(world, commits):
    make_cohort(world)
    row = STUDENT | {"unit_name": world.school.name}
    made = brought_in(world, commits, row, actor=world.office, unit="office")
    assert made.report["problems"] == [] and Student.objects.count() == 1
    assert exported_rows("students", world, world.office, None) == []
    assert not students_visible_to(world.office).exists()
    assert not students_visible_to(world.recruiter).exists()
    assert students_visible_to(world.teacher).count() == 1


def test_another_schools_cohort_cannot_be_named(world, commits):
    theirs = make_cohort(world)
    from tests.members.world import make_member
    from tests.people.world import acting, make_unit

    school = make_unit("secondary", name="示例中专")
    make_member(world.consortium, school)
    row = STUDENT | {"cohort_number": theirs.number}
    made = upload_rows("students", world, acting(school), school, [row], commits)
    assert faults(made) == [(4, "批次编号", "cohort")]


def test_an_account_is_claimed_by_the_person_invited(world, commits):
    in_state(make_cohort(world), ListingState.PUBLISHED)
    brought_in(world, commits, STUDENT)
    student = Student.objects.get()
    [(_, token)] = invite_students([student], by=world.teacher, at=AT)
    user = accept_invitation(token, username="s20240101", password="right-horse-77", at=AT)
    student.refresh_from_db()
    with pytest.raises(Refused):
        claim_student(student.invitation, world.rival.user, at=AT)
    claim_student(student.invitation, user, at=AT)
    student.refresh_from_db()
    assert student.user == user
    assert invite_students([student], by=world.teacher, at=AT) == []


def test_only_the_school_invites(world, commits):
    make_cohort(world)
    brought_in(world, commits, STUDENT)
    for actor in (world.office, world.recruiter, world.outsider):
        with pytest.raises(Refused):
            invite_students(Student.objects.all(), by=actor, at=AT)
