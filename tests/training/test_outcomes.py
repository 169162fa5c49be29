"""Where graduates went: relevance by tables, by hand and by link; figures that tell of no person."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.links.enums import Purpose
from chanjiao.links.queries import LinkGone, open_link, token_of
from chanjiao.reference.queries import Book, book
from chanjiao.reference.relevance import (
    EXACT,
    UNKNOWN,
    WIDE,
    _table,
    occupation_groups,
    relevance_of,
)
from chanjiao.sheets.binding import get
from chanjiao.trail.models import Entry
from chanjiao.training.enums import Destination, Where
from chanjiao.training.models import Outcome
from chanjiao.training.outcome_actions import (
    JUDGED,
    OutcomeFields,
    answer_outcome,
    ask_outcome,
    months_after,
    record_outcome,
)
from chanjiao.training.retention import (
    Figures,
    Group,
    counted,
    folded,
    of_consortium,
    outcomes_visible_to,
    total_of,
)
from tests.training.programmes_world import AT, TODAY, committed, imported, make_world

pytestmark = pytest.mark.django_db
GRADUATED = date(2026, 5, 20)
WORK = OutcomeFields(Destination.EMPLOYED, "示例工厂", Where.PARK, "6-18-01-01", 520_000)


@pytest.fixture
def world():
    return make_world(students=4)


def put(world, student, months=0, given_=WORK, graduated_on=GRADUATED):
    return record_outcome(student, months, graduated_on, given_, **world.by)


# Relevance ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("major", "occupation", "relevant", "source"),
    [
        ("460103", "2-02-07-01", True, EXACT),
        ("460103", "6-20-05-01", True, WIDE),
        ("460103", "4-03", False, WIDE),
        ("660103", "6-20-05-01", True, WIDE),  # 中职 goes by the same groups
        ("260101", "6-20-05-01", True, WIDE),  # 职教本科 too
        ("460701", "6-20-05-01", False, WIDE),  # the class (汽车制造类) goes before the broad group
        ("460701", "6-22", True, WIDE),
        ("990101", "6-18-01-01", None, UNKNOWN),
        ("460103", "", None, ""),
    ],
)
def test_relevance_says_by_which_table(world, major, occupation, relevant, source):
    found = relevance_of(major, occupation, book())
    assert (found.relevant, found.source) == (relevant, source)


def test_the_shipped_table_speaks_of_groups_that_exist():
    for majors, groups in _table().items():
        assert majors.isdigit() and len(majors) in {2, 4}
        assert groups <= set(occupation_groups()), majors
    assert len([m for m in _table() if len(m) == 2]) == 19
    assert relevance_of("410101", "5-01", Book({}, frozenset())).relevant


# Writing -----------------------------------------------------------------------------------------
def test_a_second_entry_corrects_the_first(world):
    student = world.students[0]
    row = put(world, student)
    assert row.relevant and row.relevance_source in {EXACT, WIDE} and not row.by_student
    row = put(world, student, given_=OutcomeFields(Destination.STUDY))
    assert Outcome.objects.get().destination == Destination.STUDY
    assert (row.relevant, row.relevance_source, row.employer, row.where) == (None, "", "", "")
    assert row.revision == 2


def test_a_school_may_judge_otherwise_with_a_reason(world):
    judged = replace(WORK, occupation_code="4-03", relevant=True)
    with pytest.raises(Invalid, match="理由"):
        put(world, world.students[0], given_=judged)
    row = put(world, world.students[0], given_=replace(judged, relevance_reason="管理数控餐车产线"))
    assert (row.relevant, row.relevance_source) == (True, JUDGED)
    assert Entry.objects.filter(action="training.record_outcome").get().data["relevance_reason"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"employer": " "}, "employer"),
        ({"where": ""}, "where"),
        ({"occupation_code": ""}, "occupation_code"),
        ({"occupation_code": "9-99"}, "occupation_code"),
        ({"destination": "gone"}, "destination"),
    ],
)
def test_what_is_missing_is_said_by_field(world, change, field):
    with pytest.raises(Invalid) as refusal:
        put(world, world.students[0], given_=replace(WORK, **change))
    assert field in refusal.value.problems


def test_a_point_in_time_must_have_come(world):
    put(world, world.students[0], 6, graduated_on=date(2026, 5, 23))  # six months to the day
    with pytest.raises(Invalid, match="还没有到毕业后 6 个月"):
        put(world, world.students[1], 6, graduated_on=date(2026, 5, 24))
    with pytest.raises(Invalid, match="时点"):
        put(world, world.students[1], 3)
    assert months_after(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_after(date(2024, 2, 29), 12) == date(2025, 2, 28)


def test_only_the_own_school_writes_and_sees(world):
    for actor in (world.recruiter, world.office, world.other_teacher):
        with pytest.raises(Refused):
            record_outcome(world.students[0], 0, GRADUATED, WORK, by=actor, at=AT)
    put(world, world.students[0])
    assert outcomes_visible_to(world.teacher).count() == 1
    for actor in (world.recruiter, world.office, world.other_teacher, None):
        assert not outcomes_visible_to(actor).exists()


def test_a_member_as_employer_is_known_by_its_name(world):
    assert (
        put(world, world.students[0], given_=replace(WORK, employer=world.firm.name)).unit
        == world.firm
    )
    assert put(world, world.students[1]).unit is None


# By link -----------------------------------------------------------------------------------------
def asked(world, closes_on=TODAY + timedelta(days=10)):
    return ask_outcome(world.students, 0, GRADUATED, closes_on, **world.by)


def test_a_link_is_answered_corrected_and_ends(world):
    (row, link), other = asked(world)
    assert row.destination == Destination.UNKNOWN and other[1].pk != link.pk
    token = token_of(link)
    opened = open_link(token, Purpose.SURVEY, at=AT)
    answered = answer_outcome(opened, WORK, revision=row.revision, at=AT)
    assert answered.by_student and answered.recorded_by is None and answered.relevant
    with pytest.raises(Conflict):
        answer_outcome(opened, WORK, revision=row.revision, at=AT)
    answer_outcome(opened, OutcomeFields(Destination.STUDY), revision=2, at=AT)
    assert Outcome.objects.get(pk=row.pk).destination == Destination.STUDY
    assert open_link(token, Purpose.SURVEY, at=AT).spent_at == AT
    entry = Entry.objects.filter(action="training.answer_outcome").order_by("pk").first()
    assert entry.data["holder"] == world.students[0].name
    with pytest.raises(LinkGone, match="到期"):
        open_link(token, Purpose.SURVEY, at=AT + timedelta(days=11))
    open_link(token, Purpose.SURVEY, at=AT + timedelta(days=10))  # through its last day


def test_a_graduate_cannot_judge_his_own_relevance(world):
    (row, link), _ = asked(world)
    wanted = replace(WORK, occupation_code="4-03", relevant=True, relevance_reason="我觉得对口")
    found = answer_outcome(link, wanted, revision=row.revision, at=AT)
    assert (found.relevant, found.relevance_source, found.relevance_reason) == (False, WIDE, "")


def test_asking_again_kills_the_old_link_and_keeps_the_answer(world):
    (row, link), _ = asked(world)
    answer_outcome(link, WORK, revision=row.revision, at=AT)
    (again, second), _ = asked(world)
    assert again.destination == Destination.EMPLOYED
    with pytest.raises(LinkGone, match="作废"):
        open_link(token_of(link), Purpose.SURVEY, at=AT)
    assert open_link(token_of(second), Purpose.SURVEY, at=AT).pk == second.pk


def test_a_survey_has_a_term(world):
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=200)):
        with pytest.raises(Invalid, match="截止"):
            asked(world, day)
    with pytest.raises(Refused):
        ask_outcome(world.students, 0, GRADUATED, TODAY, by=world.other_teacher, at=AT)


# Figures -----------------------------------------------------------------------------------------
def test_figures_are_what_the_rows_say(world):
    others = [s for s in world.base.students if s.school_id != world.school.pk]
    put(world, world.students[0])
    put(
        world,
        world.students[1],
        given_=replace(WORK, where=Where.ELSEWHERE, occupation_code="4-03"),
    )
    record_outcome(
        others[0], 0, GRADUATED, OutcomeFields(Destination.UNKNOWN), by=world.other_teacher, at=AT
    )
    cells = counted(of_consortium(world.consortium))
    own, other = cells.schools(0)
    assert own.figures == Figures(
        n=2, reached=2, placed=2, working=2, judged=2, relevant=1, located=2, park=1
    )
    assert own.figures.employed.text == "100.0%" and own.figures.relevance.text == "50.0%"
    assert own.figures.in_park.text == "50.0%" and own.figures.in_city.text == "50.0%"
    assert other.figures == Figures(n=1) and other.figures.employed.text == "0.0%"
    assert other.figures.relevance.text == "—"
    assert cells.schools(6) == []
    assert total_of(cells.majors(world.school.pk, 0)) == own.figures


def group(number: int, n: int) -> Group:
    return Group((number,), (f"学校{number}",), Figures(n=n, working=n))


@given(st.lists(st.integers(1, 40), max_size=12))
def test_folded_groups_hide_the_small_and_keep_the_whole(sizes):
    groups = [group(i, n) for i, n in enumerate(sizes)]
    shown = folded(groups)
    assert all(one.figures.n >= 5 for one in shown)
    whole = sum(sizes)
    assert total_of(shown).n == (whole if whole >= 5 else 0)
    assert sum(one.is_folded for one in shown) <= 1
    # Nobody below five is found by subtracting what stands alone from the whole.
    alone = sum(one.figures.n for one in shown if not one.is_folded)
    assert whole - alone == 0 or whole - alone >= 5 or not shown


def test_one_small_school_takes_the_next_smallest_with_it():
    shown = folded([group(1, 3), group(2, 8), group(3, 20)])
    assert [(one.names, one.figures.n) for one in shown] == [
        (("学校3",), 20), (("学校1", "学校2"), 11)
    ]  # fmt: skip


# Excel -------------------------------------------------------------------------------------------
def test_outcomes_by_excel(world, django_capture_on_commit_callbacks):
    execute = django_capture_on_commit_callbacks
    scope = {"consortium": world.consortium.pk, "unit": world.school.pk}
    student = world.students[0]
    line = {
        "student_number": student.student_number, "name": student.name, "graduated_on": GRADUATED,
        "months": 6, "destination": "employed", "employer": world.firm.name, "where": "city",
        "occupation_code": "6-18-01-01",
    }  # fmt: skip

    def send(*rows):
        return imported(
            "training_outcomes", scope, world.teacher, world.school, list(rows), execute
        )

    bad = send(
        line | {"name": "别人"}, line | {"months": 12}, line | {"months": 0, "where": None},
        {"student_number": "x", "name": "无", "graduated_on": GRADUATED, "months": 0, "destination": "study"},
    )  # fmt: skip
    assert bad.report["bad"] == 4, bad.report["problems"]
    assert committed(send(line), world.teacher, execute)["created"] == 1
    assert Outcome.objects.get().unit == world.firm
    changed = line | {"relevant": False, "relevance_reason": "实际做销售"}
    assert committed(send(changed), world.teacher, execute)["updated"] == 1
    assert Outcome.objects.get().relevance_source == JUDGED
    binding = get("training_outcomes")
    out = list(binding.export_rows(binding.load(user=world.teacher, scope=scope, at=AT)))
    assert committed(send(*out), world.teacher, execute) == {
        "created": 0,
        "updated": 0,
        "unchanged": 1,
    }
    assert not binding.may(world.recruiter, scope)
    assert not binding.may(world.office, {"consortium": world.consortium.pk, "unit": None})
