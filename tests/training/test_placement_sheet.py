"""Placements by Excel: out and in again unchanged, planned many at once, refused by sheet cell."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest

from chanjiao.kernel.verdict import Refused
from chanjiao.sheets.binding import get
from chanjiao.sheets.checking import check_file
from chanjiao.sheets.writing import export, template
from chanjiao.trail.models import Entry
from chanjiao.training.enums import MentorKind, PlacementState
from chanjiao.training.models import Placement
from chanjiao.training.placement_actions import plan_placement
from chanjiao.training.placement_columns import LAYOUT
from chanjiao.training.placement_facts import PlacementFacts
from tests.matching.world import make_world
from tests.training.care_world import master
from tests.training.world import AT, ENDS, STARTS, plan, running, stint_facts

pytestmark = pytest.mark.django_db
MID = date(2027, 2, 1)


@pytest.fixture
def world():
    return make_world(6)


def scope(world, index=0):
    return {"consortium": world.consortium.pk, "unit": world.schools[index].pk}


def line(world, index=0, **changed):
    """A row as a school writes it."""
    return {
        "student_number": world.students[index].student_number, "host": world.firms[0].name,
        "position": "数控车工", "occupation_code": "6-18-01-01", "major_codes": ("460102",),
        "starts_on": STARTS, "last_on": date(2027, 5, 23), "wage_fen": 400_000,
    } | changed  # fmt: skip


def checked(world, rows, index=0, layout=LAYOUT):
    """(file as checked, desk) of rows in the layout."""
    binding, book = get("placements"), BytesIO()
    desk = binding.load(user=world.teachers[index], scope=scope(world, index), at=AT)
    export(layout, rows, book)
    found = check_file(book.getvalue(), binding.layout, name="实习安排.xlsx")
    binding.note_absent(desk, found.absent)
    found.add(binding.check_rows(found.rows, desk))
    return found, desk


def written(world, rows, index=0, layout=LAYOUT):
    found, desk = checked(world, rows, index, layout)
    assert found.clean, found.problems
    return get("placements").commit(
        found.good_rows(), by=world.teachers[index], at=AT, context=desk
    )


def problems(world, rows):
    found, _ = checked(world, rows)
    return {(one.code, one.row, one.title) for one in found.problems}


def current(world, index=0):
    binding = get("placements")
    desk = binding.load(user=world.teachers[index], scope=scope(world, index), at=AT)
    return list(binding.export_rows(desk))


def full(world, index=0, **changed):
    """Every column says something that is not its default."""
    tutor = master(world, world.schools[0], "李老师", kind=MentorKind.SCHOOL)
    one, two = master(world, world.firms[0]), master(world, world.firms[0], "赵师傅")
    return line(
        world, index, name=world.students[index].name, kind="observe", profile="河南",
        tutor=tutor.number, self_chosen=True, peer_wage_fen=512_345, lowest_wage_fen=1,
        same_post_staff=7, day_hours=7.5, begins="22:15", ends="06:05", intensity="2",
        hazards=("noise", "heat"), chemical_site=True, independent=False, site="factory",
        site_registered=False, workplace="=1+1", master=one.number, second_master=two.number,
        **changed,
    )  # fmt: skip


def test_every_column_is_read_as_it_is_written_and_the_second_time_changes_nothing(world):
    given = full(world)
    assert written(world, [given]).created == 1
    row = Placement.objects.get()
    stint = row.stints.get()
    assert (row.kind, row.profile, row.self_chosen, row.tutor.number) == (
        "observe", "河南", True, given["tutor"],
    )  # fmt: skip
    assert (row.starts_on, row.ends_on, row.state) == (STARTS, ENDS, PlacementState.PLANNED)
    assert (stint.day_minutes, stint.from_minute, stint.to_minute) == (450, 1335, 365)
    assert (stint.peer_wage_fen, stint.hazards, stint.workplace) == (
        512_345, ["noise", "heat"], "=1+1",
    )  # fmt: skip
    assert (stint.chemical_site, stint.independent, stint.site_registered) == (True, False, False)
    assert (stint.site, stint.intensity, stint.second_master.name) == ("factory", "2", "赵师傅")
    entries = Entry.objects.count()
    done = written(world, current(world))
    assert (done.created, done.updated, done.unchanged) == (0, 0, 1)
    assert Entry.objects.count() == entries, "nothing was changed"


@pytest.mark.parametrize("minutes", [1, 7, 433, 475, 479, 481, 1439, 1440])
def test_minutes_survive_being_written_as_hours(world, minutes):
    plan(world, day_minutes=minutes, to_minute=minutes)
    assert written(world, current(world)).unchanged == 1


def test_rotation_is_several_rows_that_follow_on_each_other(world):
    rows = [
        line(world, last_on=date(2027, 1, 31)),
        line(world, starts_on=MID, host=world.firms[1].credit_code, position="设备维修"),
        line(world, 2, starts_on=MID, kind="observe"),
    ]
    assert written(world, rows[::-1]).created == 3
    first = Placement.objects.get(student=world.students[0])
    assert [(s.host, s.starts_on, s.ends_on) for s in first.stints.order_by("starts_on")] == [
        (world.firms[0], STARTS, MID), (world.firms[1], MID, ENDS),
    ]  # fmt: skip
    assert Placement.objects.count() == 2 and written(world, current(world)).unchanged == 3


def test_a_planned_placement_is_changed_by_its_number_and_a_running_one_is_not(world):
    planned, on_post = plan(world, 0), running(world, 2)
    rows = current(world)
    rows[0] |= {"wage_fen": 450_000, "position": "装配钳工"}
    done = written(world, rows)
    assert (done.created, done.updated, done.unchanged) == (0, 1, 1)
    assert planned.stints.get().wage_fen == 450_000
    assert Placement.objects.get(pk=planned.pk).revision == 2
    rows = [one | {"wage_fen": 1} for one in current(world) if one["number"] == on_post.number]
    assert problems(world, rows) == {("not_editable", 4, "实习编号")}


def test_columns_left_out_stay_as_they_are(world):
    written(world, [full(world)])
    row = current(world)[0] | {"position": "装配钳工"}
    few = replace(
        LAYOUT, columns=tuple(c for c in LAYOUT.columns if c.required or c.key == "number")
    )
    assert written(world, [row], layout=few).updated == 1
    assert current(world)[0] == row


def test_a_stint_left_out_is_not_taken_for_a_shorter_placement(world):
    written(world, [line(world, last_on=date(2027, 1, 31)), line(world, starts_on=MID)])
    rows = current(world)
    assert problems(world, rows[:1]) == {("stints", 4, "实习编号")}


@pytest.mark.parametrize(
    ("changed", "code", "title"),
    [
        ({"student_number": "无此人"}, "student", "学号"),
        ({"name": "别人"}, "name", "姓名"),
        ({"host": "外地企业"}, "unit", "实习单位"),
        ({"host": "示例职业学院B"}, "unit", "实习单位"),
        ({"number": "SX-2026-99999"}, "unknown_number", "实习编号"),
        ({"tutor": "DS-T0000"}, "mentor", "指导教师编号"),
        ({"master": "DS-T0000"}, "mentor", "企业导师编号"),
        ({"last_on": date(2026, 11, 1)}, "placement", "最后一天"),
    ],
)
def test_what_is_wrong_is_said_at_its_cell(world, changed, code, title):
    assert (code, 4, title) in problems(world, [line(world, **changed)])
    assert not Placement.objects.exists()


def test_another_schools_students_mentors_and_placements_are_unknown(world):
    other = plan(world, 1)
    theirs = master(world, world.schools[1], "别校老师", kind=MentorKind.SCHOOL)
    found = problems(
        world,
        [
            line(world, 1), line(world, 0, tutor=theirs.number),
            line(world, 2, number=other.number),
            line(world, 4, master=master(world, world.firms[1]).number),
        ],
    )  # fmt: skip
    assert found == {
        ("student", 4, "学号"), ("mentor", 5, "指导教师编号"), ("unknown_number", 6, "实习编号"),
        ("mentor", 7, "企业导师编号"),
    }  # fmt: skip
    assert [row["number"] for row in current(world)] == []
    binding = get("placements")
    assert not binding.may(world.teachers[1], scope(world))
    assert not binding.may(world.recruiters[0], scope(world))
    assert not binding.may(world.secretary, scope(world))


def test_one_student_at_two_places_in_the_file_or_already_placed(world):
    plan(world, 2)
    found = problems(
        world,
        [
            line(world, 0, last_on=date(2027, 3, 1)), line(world, 0, starts_on=MID),
            line(world, 2, starts_on=MID),
        ],
    )  # fmt: skip
    assert found == {("overlap", 5, "开始日期"), ("placement", 6, "开始日期")}


def test_a_masters_last_place_counts_the_rows_above(world):
    one = master(world, world.firms[0], at_most=2)
    plan(world, 0, master=one)
    rows = [line(world, index, master=one.number) for index in (2, 4)]
    assert problems(world, rows) == {("mentor", 5, "企业导师编号")}
    rows[1] |= {"starts_on": ENDS, "last_on": date(2027, 8, 1)}
    assert written(world, rows).created == 2


def test_a_placement_is_written_whole_or_not_at_all(world):
    """Of a rotation with one bad row the good one is not planned alone."""
    rows = [
        line(world, last_on=date(2027, 1, 31)),
        line(world, starts_on=MID, occupation_code="不是代码"),
        line(world, 2),
        line(world, 4, last_on=date(2027, 1, 31)),
        line(world, 4, starts_on=None),
    ]
    found, desk = checked(world, rows)
    assert {(one.row, one.code) for one in found.problems} == {
        (4, "sibling"), (5, "code"), (7, "sibling"), (8, "required"),
    }  # fmt: skip
    done = get("placements").commit(found.good_rows(), by=world.teachers[0], at=AT, context=desk)
    assert done.created == 1 and Placement.objects.get().student == world.students[2]


def test_what_changed_between_check_and_writing_names_the_row(world):
    found, desk = checked(world, [line(world, 0), line(world, 2)])
    facts = PlacementFacts(world.students[2], STARTS, ENDS)
    plan_placement(facts, [stint_facts(world.firms[0])], by=world.teachers[0], at=AT)
    with pytest.raises(Refused, match="第 5 行：该学生"):
        get("placements").commit(found.good_rows(), by=world.teachers[0], at=AT, context=desk)


def test_the_template_has_a_worked_row_that_would_pass(world):
    assert check_file(template(LAYOUT), LAYOUT, name="模板.xlsx").rows == []
    values = {column.key: column.example for column in LAYOUT.columns}
    given = values | {
        "student_number": world.students[0].student_number, "name": None, "host": world.firms[0].name,
    }  # fmt: skip
    assert written(world, [given]).created == 1


@pytest.mark.parametrize("students", [(0,), (0, 2, 4)])
def test_a_row_costs_one_question_about_its_student(world, students, django_assert_num_queries):
    with django_assert_num_queries(6 + len(students)):
        checked(world, [line(world, index) for index in students])
