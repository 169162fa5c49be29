"""Facts of dual training beside the rows they are read from: who is in, who is out, and until when."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chanjiao.agreements.models import Agreement
from chanjiao.indicators.actions import open_period
from chanjiao.indicators.bridge import read_facts, scope_of, table_of
from chanjiao.indicators.facts.scope import Scope
from chanjiao.indicators.sets import demo_text, import_set
from chanjiao.kernel.clock import ZONE
from chanjiao.members.models import Membership
from chanjiao.training.class_actions import enrol, leave_class, open_class
from chanjiao.training.enums import EntryState, PlacementState
from chanjiao.training.models import Entry, Placement, Programme, Stint
from chanjiao.training.outcome_actions import OutcomeFields, record_outcome
from chanjiao.training.placement_actions import (
    cancel_placement,
    rotate,
    start_placements,
    stop_placement,
)
from chanjiao.training.programme_actions import start_programme
from chanjiao.training.register_actions import record_stay, record_work
from chanjiao.training.review_actions import Seen, confirm_entries, correct_entry
from chanjiao.training.trouble_actions import (
    IncidentFacts,
    close_incident,
    reopen_incident,
    report_incident,
)
from chanjiao_engine.indicators.keys import check_keys
from chanjiao_engine.indicators.packs.checking import check_facts
from chanjiao_engine.indicators.training_tables import TRAINING
from tests.matching import world as rounds
from tests.people.world import AT, make_unit
from tests.training import entry_world, programmes_world
from tests.training import world as gate

pytestmark = pytest.mark.django_db

SINCE, UNTIL = date(2026, 1, 1), date(2027, 1, 1)
LAST_DAY = date(2026, 12, 31)
AFTER = datetime(2027, 1, 20, 10, 0, tzinfo=ZONE)  # the year is over


def scope(consortium) -> Scope:
    return Scope(consortium, SINCE, UNTIL, b"key")


def rows(name: str, consortium) -> list[dict]:
    return table_of(name, scope(consortium)).to_pylist()


def joins_later(unit) -> None:
    Membership.objects.filter(unit=unit).update(joined_on=UNTIL)


def confirmed(world, entry: Entry, at: datetime = AT) -> None:
    entry.refresh_from_db()
    done = confirm_entries([Seen(entry.pk, entry.revision)], by=world.link(), at=at)
    assert done.done, done.refused


# Agreements and programmes -----------------------------------------------------------------------
def test_an_agreement_counts_once_in_force_and_not_a_students_own():
    world = programmes_world.make_world()
    held = programmes_world.agreement(world, "XY-1")
    programmes_world.agreement(world, "XY-2", student=world.students[0])
    draft = programmes_world.agreement(world, "XY-3")
    late = programmes_world.agreement(world, "XY-4")
    Agreement.objects.filter(pk=draft.pk).update(state="draft", in_force_at=None)
    Agreement.objects.filter(pk=late.pk).update(in_force_at=datetime(2027, 1, 1, tzinfo=ZONE))
    Agreement.objects.filter(pk=held.pk).update(ended_on=UNTIL)
    assert rows("agreement", world.consortium) == [
        {
            "agreement": held.number, "unit": world.school.credit_code, "kind": "order",
            "parties": 2, "signed_on": AT.date(), "starts_on": programmes_world.STARTS,
            "ends_on": None, "ended_on": None,
        }
    ]  # fmt: skip


def test_a_programme_counts_once_begun_with_its_plan_and_class():
    world = programmes_world.make_world()
    held = start_programme(programmes_world.ready(world), by=world.teacher, at=AT)
    programmes_world.make_programme(world)  # in preparation
    cancelled = programmes_world.make_programme(world)
    Programme.objects.filter(pk=cancelled.pk).update(state="cancelled")
    late = programmes_world.make_programme(world)
    Programme.objects.filter(pk=late.pk).update(state="running", starts_on=UNTIL)
    (one,) = rows("programme", world.consortium)
    assert (one["programme"], one["state"], one["enterprises"]) == (held.number, "running", 1)
    assert one["learners"] == len(world.students) == 3
    plan = {i["item"]: (i["minutes"], i["is_core"]) for i in rows("plan_item", world.consortium)}
    assert plan == {i.code: (i.minutes, i.is_core) for i in held.items.all()}
    assert rows("programme_major", world.consortium) == [
        {"programme": held.number, "major": world.cohort.major_code}
    ]
    joins_later(world.school)
    for name in ("programme", "programme_major", "plan_item", "enrolment"):
        assert rows(name, world.consortium) == [], name


def test_a_stay_of_no_day_in_a_class_is_none_and_hides_no_other():
    world = programmes_world.make_world()
    held = programmes_world.running(world)
    first = held.classes.get()
    second = open_class(first.programme, world.cohort, name="订单二班", **world.by)
    moved, left, never = first.enrolments.order_by("pk")
    by = {"reason": "转班", "by": world.teacher, "at": AT}
    leave_class(moved, ends_on=programmes_world.STARTS, **by)
    leave_class(never, ends_on=programmes_world.STARTS, **by)
    leave_class(left, ends_on=AT.date() - timedelta(days=1), **by)
    both = [moved.student, left.student]
    enrol(second, both, starts_on=programmes_world.STARTS, by=world.teacher, at=AT)
    found = rows("enrolment", world.consortium)
    assert len(found) == 2 and {row["ends_on"] for row in found} == {None}
    for one in second.enrolments.order_by("pk"):
        leave_class(one, ends_on=AT.date(), **by)
    left_on = [row["ends_on"] for row in rows("enrolment", world.consortium)]
    assert left_on == [AT.date()] * 2


# Mentors -----------------------------------------------------------------------------------------
def test_mentors_are_those_appointed_and_certified_on_the_last_day():
    world = programmes_world.make_world()
    until = {"ends_on": UNTIL, "dual_level": "中级", "dual_until": LAST_DAY}
    dual = programmes_world.make_tutor(world, **until)
    over = until | {"dual_until": LAST_DAY - timedelta(days=1), "ends_on": LAST_DAY}
    lapsed = programmes_world.make_tutor(world, name="王老师", **over)
    programmes_world.make_tutor(world, name="张老师", starts_on=UNTIL)
    known = scope(world.consortium)
    found = {row["mentor"]: row for row in rows("mentor", world.consortium)}
    assert set(found) == {known.mentor(dual.pk), known.mentor(lapsed.pk)}
    one, other = found[known.mentor(dual.pk)], found[known.mentor(lapsed.pk)]
    assert (one["is_dual"], one["ends_on"], other["is_dual"]) == (True, None, False)
    assert other["ends_on"] == LAST_DAY and one["kind"] == "school"


def test_hours_are_those_taught_in_the_year_and_those_confirmed():
    world = entry_world.make_world(1)
    consortium, master = world.base.consortium, world.masters[0]
    taught = {"what": "数控编程", "by": world.recruiter, "at": AFTER}
    record_work(master, day=LAST_DAY, minutes=50, school=world.school, **taught)
    record_work(master, day=UNTIL, minutes=1000, school=world.school, **taught)
    confirmed(world, entry_world.written(world, minutes=100))
    entry_world.written(world, minutes=480, day=AT.date() - timedelta(days=2))  # not confirmed
    wrong = entry_world.written(world, minutes=480, day=AT.date() - timedelta(days=3))
    correct_entry(wrong, 30, "实际半小时", revision=wrong.revision, by=world.link(), at=AT)
    late = entry_world.written(world, minutes=200, day=AT.date() - timedelta(days=4))
    confirmed(world, late, at=AFTER)
    later = entry_world.written(world, minutes=400, day=AT.date() - timedelta(days=5))
    confirmed(world, later)
    Entry.objects.filter(pk=later.pk).update(day=UNTIL)
    (hours,) = rows("mentor_hours", consortium)
    assert hours["school"] == world.school.credit_code
    assert hours["minutes"] == 50 + 100 + 30 + 200
    (placement,) = rows("placement", consortium)
    assert placement["confirmed_minutes"] == 100 + 30  # what was confirmed by the end
    joins_later(world.base.firms[0])
    for name in ("mentor_hours", "placement"):
        assert rows(name, consortium) == [], name


def test_hours_for_a_school_that_is_no_member_name_none():
    world = entry_world.make_world(1)
    confirmed(world, entry_world.written(world, minutes=100))
    joins_later(world.school)
    assert [(h["school"], h["minutes"]) for h in rows("mentor_hours", world.base.consortium)] == [
        ("", 100)
    ]


def test_a_stay_counts_in_the_year_it_began_at_a_member():
    world = programmes_world.make_world()
    tutor = programmes_world.make_tutor(world, starts_on=date(2025, 1, 1))
    stays = ((date(2025, 12, 31), 1), (SINCE, 2), (LAST_DAY, 4), (UNTIL, 8))
    for starts_on, days in stays:
        record_stay(
            tutor, host=world.firm, starts_on=starts_on, ends_on=starts_on + timedelta(days=1),
            days=1, what="车间实践", by=world.teacher, at=AFTER,
        )  # fmt: skip
        tutor.stays.filter(starts_on=starts_on).update(days=days)
    assert [row["days"] for row in rows("teacher_stay", world.consortium)] in ([2, 4], [4, 2])
    joins_later(world.firm)
    assert rows("teacher_stay", world.consortium) == []


# Placements --------------------------------------------------------------------------------------
def test_a_placement_counts_once_the_student_is_on_post():
    world = rounds.make_world(students=4)
    teacher = world.teachers[0]
    held = gate.running(world, 0)
    gate.plan(world, 1)
    cancel_placement(gate.plan(world, 2), reason="学生放弃", by=teacher, at=AT)
    late = gate.prepare(world, gate.plan(world, 3))
    assert start_placements([late], by=world.teachers[1], at=AFTER).started
    (one,) = rows("placement", world.consortium)
    known = scope(world.consortium)
    assert one == {
        "placement": known.name("placement", held.pk), "stint": 1,
        "person": known.person(held.student_id), "unit": world.schools[0].credit_code,
        "host": world.firms[0].credit_code, "kind": "post", "state": "running",
        "starts_on": gate.STARTS, "ends_on": None, "confirmed_minutes": 0,
    }  # fmt: skip
    Placement.objects.filter(pk=late.pk).update(started_at=gate.ON_DAY)
    assert len(rows("placement", world.consortium)) == 2
    joins_later(world.schools[0])
    assert len(rows("placement", world.consortium)) == 1


def test_a_host_that_is_no_member_is_left_out_and_the_stints_keep_their_numbers():
    world = entry_world.make_world(1)
    held, consortium = world.placements[0], world.base.consortium
    outside = make_unit(name="外市企业")
    for days, host in ((10, outside), (20, world.base.firms[1])):
        facts = gate.stint_facts(
            host, starts_on=entry_world.STARTS + timedelta(days=days), ends_on=entry_world.ENDS,
        )  # fmt: skip
        held.refresh_from_db()
        Placement.objects.filter(pk=held.pk).update(state=PlacementState.PLANNED)
        rotate(held, facts, reason="轮岗", revision=held.revision, by=world.teacher, at=AT)
    Placement.objects.filter(pk=held.pk).update(state=PlacementState.RUNNING)
    found = rows("placement", consortium)
    hosts = [(row["stint"], row["host"], row["ends_on"]) for row in found]
    first, second = (unit.credit_code for unit in world.base.firms)
    assert hosts == [(1, first, entry_world.STARTS + timedelta(days=10)), (3, second, None)]
    assert outside.credit_code not in str(found)
    Stint.objects.filter(host=world.base.firms[1]).update(starts_on=UNTIL)
    assert [row["stint"] for row in rows("placement", consortium)] == [1]


def test_a_stopped_placement_took_place_until_it_stopped():
    world = entry_world.make_world(1)
    stop_placement(
        world.placements[0], on=AT.date(), reason="学生生病", by=world.teacher, at=AT
    )  # fmt: skip
    (one,) = rows("placement", world.base.consortium)
    assert (one["state"], one["ends_on"]) == ("stopped", AT.date())


def test_an_incident_counts_while_closed_where_the_student_was():
    world = entry_world.make_world(1)
    consortium, held = world.base.consortium, world.placements[0]
    day = entry_world.STARTS + timedelta(days=10)
    Stint.objects.filter(placement=held).update(ends_on=day)
    Stint.objects.create(
        placement=held, host=world.base.firms[1], position="钳工", occupation_code="6-20-01-01",
        starts_on=day, ends_on=entry_world.ENDS,
    )  # fmt: skip
    for at in (day, day - timedelta(days=1)):
        happened = datetime(at.year, at.month, at.day, 0, 0, tzinfo=ZONE)
        facts = IncidentFacts("injury", "serious", happened, "手被划伤")
        report_incident(held, facts, by=world.teacher, at=AT)
    assert rows("incident", consortium) == []
    made = list(held.incidents.order_by("pk"))
    done = {"finding": "已处理", "revision": 1, "by": world.teacher}
    close_incident(made[0], is_violation=True, at=AT, **done)
    close_incident(made[1], is_violation=True, at=AFTER, **done)
    (one,) = rows("incident", consortium)
    assert (one["host"], one["happened_on"], one["closed_on"], one["is_violation"]) == (
        world.base.firms[1].credit_code, day, AT.date(), True,
    )  # fmt: skip
    made[0].refresh_from_db()
    reopen_incident(made[0], reason="有新情况", by=world.teacher, at=AT)
    assert rows("incident", consortium) == []
    held.incidents.filter(pk=made[1].pk).update(closed_at=AT)
    assert [row["host"] for row in rows("incident", consortium)] == [
        world.base.firms[0].credit_code
    ]


# Results -----------------------------------------------------------------------------------------
def test_an_outcome_counts_when_its_point_in_time_is_reached():
    world = programmes_world.make_world()
    student, other, _ = world.students
    study = OutcomeFields("study")
    near = OutcomeFields("employed", "示例机床厂A", "park", "6-18-01-01", 450_000)
    record_outcome(student, 0, date(2026, 6, 30), near, by=world.teacher, at=AT)
    # asked in January, as the point in time was reached on 30 December
    record_outcome(student, 6, date(2026, 6, 30), study, by=world.teacher, at=AFTER)
    record_outcome(other, 6, date(2026, 7, 1), study, by=world.teacher, at=AFTER)  # 1 January
    found = {row["months"]: row for row in rows("outcome", world.consortium)}
    assert sorted(found) == [0, 6]
    person = scope(world.consortium).person(student.pk)
    assert found[0] == {
        "person": person, "months": 0, "unit": world.school.credit_code,
        "destination": "employed", "place": "park", "relevant": True, "wage": 450_000,
        "due_on": date(2026, 6, 30),
    }  # fmt: skip
    assert found[6]["person"] == person and found[6]["due_on"] == date(2026, 12, 30)
    assert found[6]["place"] is found[6]["relevant"] is found[6]["wage"] is None
    joins_later(world.school)
    assert rows("outcome", world.consortium) == []


# All of them -------------------------------------------------------------------------------------
def whole(students: int) -> entry_world.World:
    """Rows in every table of dual training, as many students as asked for."""
    world = entry_world.make_world(students)
    learners = [row.student for row in world.placements]
    enrol(world.training_class, learners, starts_on=SINCE, by=world.teacher, at=AT)
    of_class = programmes_world.World(
        world.base.consortium, *world.base.schools, *world.base.firms, *world.base.teachers,
        *world.base.recruiters, world.base.secretary, learners, world.base.cohorts[0], world.base,
    )  # fmt: skip
    programmes_world.agreement(of_class)
    record_stay(
        world.tutor, host=world.base.firms[0], starts_on=entry_world.STARTS, days=1, what="实践",
        ends_on=entry_world.STARTS + timedelta(days=1), by=world.teacher, at=AT,
    )  # fmt: skip
    for index, row in enumerate(world.placements):
        entry = entry_world.in_state(entry_world.written(world, index), EntryState.CONFIRMED)
        Entry.objects.filter(pk=entry.pk).update(
            decided_by=world.masters[index % 2], decided_at=AT, confirmed_minutes=50
        )
        facts = IncidentFacts("injury", "minor", AT, "擦伤")
        made = report_incident(row, facts, by=world.teacher, at=AT)
        done = {"finding": "已处理", "is_violation": False, "revision": made.revision}
        close_incident(made, by=world.teacher, at=AT, **done)
        record_outcome(
            row.student, 0, SINCE, OutcomeFields("study"), by=world.teacher, at=AT
        )  # fmt: skip
    return world


def test_keys_are_unique_and_references_lead_somewhere():
    world = whole(3)
    facts = read_facts(scope(world.base.consortium))
    check_keys(facts)
    check_facts(facts)
    counts = {table.name: facts[table.name].num_rows for table in TRAINING}
    assert all(counts.values()), counts
    assert counts["placement"] == counts["enrolment"] == counts["outcome"] == 3
    names = [row.student.name for row in world.placements] + [m.name for m in world.masters]
    text = str([facts[table.name].to_pylist() for table in TRAINING])
    assert not [name for name in names if name in text]


def test_other_editions_have_other_pseudonyms():
    world = whole(2)
    base = world.base
    version = import_set(base.consortium, demo_text(), by=base.secretary, at=AT)
    period = open_period(base.consortium, 2026, version, by=base.secretary, at=AT)
    before = named(period)
    assert before == named(period)
    period.edition += 1
    after = named(period)
    for place, names in before.items():
        assert names and not names & after[place], place


def named(period) -> dict[tuple[str, str], set[str]]:
    """Pseudonyms by table and column."""
    facts = read_facts(scope_of(period))
    places = [(t.name, c.name) for t in TRAINING for c in t.columns if c.person]
    places.append(("placement", "placement"))
    return {(t, c): set(facts[t].column(c).to_pylist()) for t, c in places}


def test_as_many_queries_for_one_student_as_for_three():
    counted = []
    for students in (1, 3):
        world = whole(students)
        with CaptureQueriesContext(connection) as found:
            for table in TRAINING:
                table_of(table.name, scope(world.base.consortium))
        counted.append(len(found))
    assert counted[0] == counted[1] <= 40, counted
