"""Who sees which record; how far a student is; the grade; the file's completeness list."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chanjiao.training import marking_actions as marking
from chanjiao.training import review_actions as mentor
from chanjiao.training.archive_content import dossier_of
from chanjiao.training.entry_actions import take_back_entry, write_entry
from chanjiao.training.entry_queries import (
    Tally,
    entries_visible_to,
    items_offered,
    journals_expected,
    lag_tallies,
    lags,
    mentors_served,
    next_journal_on,
    tally,
    waiting_for,
)
from chanjiao.training.enums import EntryKind, GradePart, SafetyKind
from chanjiao.training.grade_actions import evaluate_base, give_grade
from chanjiao.training.grades import WEIGHTS, grade_of
from chanjiao.training.models import (
    Entry,
    Insurance,
    Placement,
    PlanItem,
    SafetyRecord,
    Stint,
    TrainingClass,
)
from tests.people.world import AT, TODAY, stranger
from tests.training.entry_world import ENDS, STARTS, journal, make_world, photo, values, written


@pytest.mark.django_db
def test_only_the_students_own_people_see_a_record():
    world = make_world()
    work, page = written(world), written(world, values=journal(world))
    draft = written(world, submit=False, day=TODAY)
    other = written(world, 1)
    seen = {
        who: set(entries_visible_to(actor, on=TODAY).order_by("pk").values_list("pk", flat=True))
        for who, actor in {
            "pupil": world.pupil(), "other_pupil": world.pupil(1), "teacher": world.teacher,
            "second": world.second_teacher, "other_teacher": world.other_teacher,
            "recruiter": world.recruiter, "other_recruiter": world.base.recruiters[1],
            "secretary": world.base.secretary, "stranger": stranger(), "nobody": None,
        }.items()
    }  # fmt: skip
    school = {work.pk, page.pk, other.pk}
    assert seen == {
        "pupil": {work.pk, page.pk, draft.pk}, "other_pupil": {other.pk}, "teacher": school,
        "second": school, "other_teacher": set(), "recruiter": {work.pk},
        "other_recruiter": {other.pk}, "secretary": set(), "stranger": set(), "nobody": set(),
    }  # fmt: skip


@pytest.mark.django_db
def test_a_host_no_longer_sees_work_of_another_hosts_stint():
    world = make_world()
    row = written(world)
    Stint.objects.filter(placement=world.placements[0]).update(ends_on=TODAY)
    Stint.objects.create(
        placement=world.placements[0], host=world.base.firms[1], position="装配钳工", starts_on=TODAY,
        occupation_code="6-20-01-01", ends_on=ENDS, master=world.masters[1],
    )  # fmt: skip
    later = written(world, day=TODAY)
    recruiters = world.base.recruiters
    for actor, expected in ((recruiters[0], row), (recruiters[1], later)):
        rows = entries_visible_to(actor, on=TODAY).filter(placement=world.placements[0])
        assert rows.get() == expected
    assert waiting_for(world.masters[0]).get() == row
    assert waiting_for(world.masters[1]).get() == later


@pytest.mark.django_db
def test_the_second_master_sees_the_same():
    world = make_world()
    row = written(world)
    Stint.objects.filter(placement=world.placements[0]).update(second_master=world.masters[1])
    assert waiting_for(world.masters[1]).get() == row
    outcome = mentor.confirm_entries([mentor.Seen(row.pk, 1)], by=world.link(1), at=AT)
    assert outcome.done and not waiting_for(world.masters[0]).exists()


@pytest.mark.django_db
def test_waiting_is_counted_for_whoever_asks():
    world = make_world(students=3)
    for index in range(3):
        written(world, index)
    told = {m.name: m.waiting for m in mentors_served(world.teacher)}
    assert told == {"师傅1": 2, "师傅2": 1}
    assert [m.name for m in mentors_served(world.recruiter)] == ["师傅1"]
    assert not mentors_served(world.other_teacher).exists() and not mentors_served(None).exists()


# How far -----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_only_what_a_mentor_confirmed_counts():
    world = make_world()
    rows = [written(world, day=TODAY - timedelta(days=n)) for n in range(4)]
    rows.append(written(world, day=TODAY - timedelta(days=5), items=(world.items[1].pk,)))
    link = world.link()
    mentor.confirm_entries([mentor.Seen(row.pk, 1) for row in rows[:2]], by=link, at=AT)
    mentor.correct_entry(rows[2], 300, "午休不计", revision=1, by=link, at=AT)
    mentor.reject_entry(rows[3], "没做过", revision=1, by=link, at=AT)
    pages = [written(world, values=journal(world)) for _ in range(3)]
    marking.mark_entry(pages[0], 80, "", revision=1, by=world.teacher, at=AT)
    marking.return_entry(pages[1], "太短", revision=1, by=world.teacher, at=AT)
    told = tally(world.placements[0])
    assert (told.planned, told.items, told.items_done) == (2400, 2, 1)
    assert (told.written, told.confirmed) == (2400, 1260)
    assert (told.hours_share, told.confirmed_share) == (5250, 5250)
    assert (told.waiting, told.returned) == (1, 2)
    assert (told.journals, told.journals_marked, told.journals_due) == (2, 1, 12)
    for row, light in lag_tallies(Placement.objects.filter(school=world.school)):
        whole = tally(row)
        assert lags(row, light, on=TODAY) == lags(row, whole, on=TODAY)
        assert (light.journals, light.journals_marked) == (whole.journals, whole.journals_marked)
    other = tally(world.placements[1])
    assert (other.written, other.confirmed, other.confirmed_share, other.hours_share) == (
        0,
        0,
        None,
        0,
    )


@pytest.mark.django_db
def test_items_are_those_of_an_enterprise_site_and_of_the_own_hosts():
    world = make_world()
    PlanItem.objects.filter(pk=world.items[1].pk).update(host=world.base.firms[1])
    offered = [
        list(items_offered(row).order_by("place").values_list("code", flat=True))
        for row in world.placements
    ]
    assert offered == [["1.1"], ["1.1", "1.2"]]
    assert [tally(row).planned for row in world.placements] == [1200, 2400]
    Placement.objects.filter(pk=world.placements[0].pk).update(training_class=None)
    alone = Placement.objects.get(pk=world.placements[0].pk)
    assert not items_offered(alone).exists() and tally(alone).planned == 0
    done = write_entry(alone, values(world, items=()), by=world.pupil(), at=AT, submit=True)
    assert done.entry.state == "submitted" and tally(alone).journals_due == 12


@given(st.integers(1, 400), st.integers(1, 30), st.integers(-10, 500))
def test_journals_fall_due_evenly(length, due, gone):
    row = Placement(starts_on=STARTS, ends_on=STARTS + timedelta(days=length))
    on = STARTS + timedelta(days=gone)
    expected = journals_expected(row, due, on=on)
    assert 0 <= expected <= due
    assert (gone >= length) <= (expected == due)
    if expected:
        assert next_journal_on(row, expected, due) <= on
    if expected < due:
        assert next_journal_on(row, expected + 1, due) > on


def a_tally(**changes):
    told = dict.fromkeys(Tally.__slots__, 0) | {
        "waiting_since": None, "summary_mark": None, "last_day": None, "journals_due": 12
    }  # fmt: skip
    return Tally(**(told | changes))


def test_why_a_student_is_behind():
    row = Placement(starts_on=STARTS, ends_on=ENDS)
    on = date(2026, 9, 20)
    assert lags(row, a_tally(), on=on) == ["周记少 1 篇", "19 天没有学习记录"]
    fine = a_tally(journals=1, last_day=on)
    assert lags(row, fine, on=on) == [] == lags(row, a_tally(), on=STARTS)
    assert lags(row, a_tally(journals=1, last_day=on, returned=2), on=on) == ["2 条退回未改"]
    assert lags(row, a_tally(journals=12), on=ENDS) == ["未交实习总结"]


# The grade ---------------------------------------------------------------------------------------
def test_shipped_weights_add_up():
    assert sum(WEIGHTS.values()) == 100 and set(WEIGHTS) == set(GradePart)


class _Given:
    def __init__(self, hundredths):
        self.hundredths, self.given_by = hundredths, "某某"


@given(
    st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 100), st.integers(0, 5000),
    st.integers(0, 5000), st.integers(0, 5000),
)  # fmt: skip
def test_the_grade_is_within_its_parts(own, school, summary, planned, written_, confirmed):
    told = a_tally(planned=planned, written=written_, confirmed=confirmed, summary_mark=summary)
    given_ = {"enterprise": _Given(own), "school": _Given(school)}
    whole = grade_of(Placement(starts_on=STARTS, ends_on=ENDS), told, given_)
    points = [part.hundredths for part in whole.parts]
    if not planned and not written_:
        assert whole.hundredths is None and whole.missing == ["学习记录"]
    else:
        assert whole.hundredths is not None and min(points) <= whole.hundredths <= max(points)


def test_a_part_without_weight_is_not_asked_for():
    group = TrainingClass(weights={"enterprise": 60, "entries": 40})
    row = Placement(starts_on=STARTS, ends_on=ENDS, training_class=group)
    whole = grade_of(row, a_tally(planned=600, confirmed=300), {"enterprise": _Given(9000)})
    assert whole.hundredths == 7400 and whole.missing == []


# The file ----------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_the_completeness_list_of_a_file_with_everything():
    from tests.training.entry_papers import signed

    world = make_world()
    row = world.placements[0]
    early = dossier_of(Placement.objects.get(pk=row.pk))
    assert [line.title for line in early.lines if line.there] == ["培养计划"]
    Placement.objects.filter(pk=row.pk).update(
        agreement=signed(world, "tripartite"), consent=signed(world, "consent"),
        ends_on=TODAY + timedelta(days=1),
    )  # fmt: skip
    Insurance.objects.create(
        placement=row,
        insurer="示例保险",
        policy="PZ1",
        starts_on=STARTS,
        ends_on=ENDS,
        recorded_at=AT,
    )
    for kind in SafetyKind:
        SafetyRecord.objects.create(
            placement=row, kind=kind, day=STARTS, passed=True, recorded_at=AT
        )
    done = write_entry(row, values(world), uploads=[photo()], submit=True, by=world.pupil(), at=AT)
    mentor.confirm_entries([mentor.Seen(done.entry.pk, 1)], by=world.link(), at=AT)
    for _ in range(12):
        page = written(world, values=journal(world))
        marking.mark_entry(page, 85, "好", revision=1, by=world.teacher, at=AT)
    summary = written(world, values=values(world, kind=EntryKind.SUMMARY, minutes=0, items=()))
    assert dossier_of(row).lines[8].told == "待批阅"
    marking.mark_entry(summary, 90, "", revision=1, by=world.teacher, at=AT)
    for part in ("enterprise", "school"):
        give_grade(row, part, 9000, "", revision=0, by=world.teacher, at=AT)
    points = {"guidance": 5, "safety": 5, "relevance": 5, "life": 5}
    evaluate_base(row, points, "", by=world.pupil(), at=AT)
    dossier = dossier_of(Placement.objects.get(pk=row.pk))
    assert [line.title for line in dossier.lines if not line.there] == []
    assert len(dossier.lines) == 11 and Entry.objects.count() == 14


@pytest.mark.django_db
def test_a_policy_that_ends_early_and_a_waiting_record_are_told():
    world = make_world()
    row = world.placements[0]
    Insurance.objects.create(
        placement=row,
        insurer="示例保险",
        policy="PZ1",
        starts_on=STARTS,
        ends_on=TODAY,
        recorded_at=AT,
    )
    entry = written(world)
    lines = {line.title: line for line in dossier_of(row).lines}
    assert (
        "没有一份覆盖全程" in lines["实习责任保险"].told and "1 条未确认" in lines["学习记录"].told
    )
    take_back_entry(entry, revision=1, by=world.pupil(), at=AT)
    assert "未确认" not in {line.title: line for line in dossier_of(row).lines}["学习记录"].told
