"""The register of mentors: load by day, hours, what expires, who may write, Excel in and out."""

from datetime import date, timedelta

import pytest

from chanjiao.kernel.verdict import Conflict, Invalid, Refused
from chanjiao.sheets.binding import get
from chanjiao.training import mentor_rules as rules
from chanjiao.training.enums import EntryKind, EntryState, MentorKind, PlacementState
from chanjiao.training.mentors import (
    alerts,
    check_load,
    check_mentor,
    dual_on,
    stays_visible_to,
    with_load,
    work_visible_to,
)
from chanjiao.training.models import Entry, Mentor, Placement, Stint
from chanjiao.training.queries import mentors_visible_to
from chanjiao.training.register_actions import (
    MentorFields,
    add_mentor,
    change_mentor,
    record_stay,
    record_work,
    remove_stay,
    remove_work,
)
from tests.people.world import stranger
from tests.training.programmes_world import (
    AT,
    ENDS,
    MASTER,
    STARTS,
    TODAY,
    agreement,
    committed,
    imported,
    make_master,
    make_tutor,
    make_world,
    paper,
    place,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


# Load --------------------------------------------------------------------------------------------
def test_a_master_is_full_on_the_days_he_is_full_and_not_on_others(world):
    master = make_master(world, at_most=2)
    first, second, third = world.students[:3]
    place(world, first, master, starts=date(2026, 9, 1), ends=date(2026, 12, 1))
    place(world, second, master, starts=date(2026, 11, 1), ends=date(2027, 3, 1))
    full = (date(2026, 10, 1), date(2026, 11, 2))  # November has both
    verdict = check_load(master, full)
    assert not verdict and "2026-11-01 已指导 2 名学生，达到上限 2 人" in verdict.reason
    assert check_load(master, (date(2026, 9, 1), date(2026, 11, 1)))  # half-open: both sides meet
    assert check_load(master, (date(2026, 12, 1), date(2027, 3, 1)))
    change_mentor(master, MentorFields("王师傅", STARTS, qualification="高级技师", at_most=3),
                  revision=1, by=world.recruiter, at=AT)  # fmt: skip
    master.refresh_from_db()
    assert check_load(master, full)
    assert third  # the third fits now


def test_what_is_being_changed_does_not_count_against_itself(world):
    master = make_master(world, at_most=1)
    own = place(world, world.students[0], master)
    assert not check_load(master, (STARTS, ENDS))
    assert check_load(master, (STARTS, ENDS), apart_from=own)


@pytest.mark.parametrize("state", PlacementState.values)
def test_only_living_placements_load(world, state):
    master = make_master(world, at_most=1)
    own = place(world, world.students[0], master)
    Placement.objects.filter(pk=own.pk).update(
        state=state, stopped_on=TODAY, stopped_reason="停", started_at=AT
    )
    alive = state in {PlacementState.PLANNED, PlacementState.RUNNING}
    assert bool(check_load(master, (STARTS, ENDS))) == (not alive)
    found = with_load(Mentor.objects.all(), on=TODAY).get(pk=master.pk)
    assert found.learners == int(alive)


def test_rotation_loads_each_master_for_his_own_stint_and_the_second_master_too(world):
    first, second = make_master(world, at_most=1), make_master(world, name="赵师傅", at_most=1)
    own = place(world, world.students[0], first, starts=STARTS, ends=date(2027, 1, 1))
    Stint.objects.create(
        placement=own, host=world.other_firm, position="装配", occupation_code="6-20-01-01",
        starts_on=date(2027, 1, 1), ends_on=date(2027, 6, 1), master=second, second_master=first,
    )  # fmt: skip
    assert not check_load(second, (date(2027, 2, 1), date(2027, 3, 1)))
    assert check_load(second, (STARTS, date(2027, 1, 1)))
    assert not check_load(first, (date(2027, 2, 1), date(2027, 3, 1)))


def test_a_tutor_is_loaded_by_placements(world):
    tutor = make_tutor(world, at_most=1)
    place(world, world.students[0], None, tutor)
    assert not check_load(tutor, (STARTS, ENDS))
    assert with_load(Mentor.objects.all(), on=TODAY).get(pk=tutor.pk).learners == 1


def test_an_appointment_must_cover_the_period(world):
    master = make_master(world, ends_on=date(2027, 1, 1))
    assert check_mentor(master, (STARTS, date(2027, 1, 1)))
    assert "不能覆盖整个期间" in check_mentor(master, (STARTS, date(2027, 1, 2))).reason
    early = check_mentor(master, (STARTS - timedelta(days=1), date(2027, 1, 1)))
    assert not early


# Hours -------------------------------------------------------------------------------------------
def test_hours_are_confirmed_entries_and_work_of_the_year(world):
    master = make_master(world)
    placement = place(world, world.students[0], master)
    for day, state, minutes in (
        (date(2026, 10, 8), EntryState.CONFIRMED, 240),
        (date(2026, 10, 9), EntryState.CORRECTED, 120),
        (date(2026, 10, 10), EntryState.SUBMITTED, 480),
    ):
        Entry.objects.create(
            placement=placement, kind=EntryKind.WORK, day=day, text="车削", state=state,
            created_at=AT, decided_by=master, confirmed_minutes=minutes,
        )  # fmt: skip
    record_work(
        master, day=date(2026, 11, 2), minutes=90, what="讲授编程", school=world.school, **world.by
    )
    found = with_load(Mentor.objects.all(), on=TODAY).get(pk=master.pk)
    assert (found.led_minutes, found.work_minutes) == (360, 90)
    found = with_load(Mentor.objects.all(), on=date(2027, 2, 1)).get(pk=master.pk)
    assert (found.led_minutes, found.work_minutes) == (0, 0)


def test_work_is_recorded_by_the_own_unit_or_where_it_was_taught(world):
    master = make_master(world)
    given = {"day": date(2026, 11, 2), "minutes": 90, "at": AT}
    record_work(master, what="甲", by=world.recruiter, **given)
    row = record_work(master, what="乙", school=world.school, by=world.teacher, **given)
    for actor in (world.rival, world.office, world.other_teacher, stranger()):
        with pytest.raises(Refused):
            record_work(master, what="丙", school=world.school, by=actor, **given)
    with pytest.raises(Refused):
        record_work(master, what="丙", by=world.teacher, **given)  # not at one's own school
    with pytest.raises(Invalid, match="已登记"):
        record_work(master, what="甲", by=world.recruiter, **given)
    with pytest.raises(Invalid, match="原因"):
        remove_work(row, reason="", **world.by)
    remove_work(row, reason="记错日期", **world.by)
    with pytest.raises(Conflict):
        remove_work(row, reason="记错日期", **world.by)


@pytest.mark.parametrize("day", [date(2026, 11, 24), date(2026, 8, 31), date(2026, 12, 24)])
def test_work_lies_within_the_appointment_and_not_ahead(world, day):
    master = make_master(world)
    with pytest.raises(Invalid):
        record_work(master, day=day, minutes=90, what="课", by=world.recruiter, at=AT)


def test_stays_do_not_overlap_and_are_of_teachers(world):
    tutor = make_tutor(world)
    given = {"host": world.firm, "what": "工艺改进", "days": 20}
    record_stay(
        tutor,
        starts_on=date(2026, 7, 6),
        ends_on=date(2026, 8, 1),
        proof=paper(),
        **given,
        **world.by,
    )
    with pytest.raises(Invalid, match="重叠"):
        record_stay(
            tutor, starts_on=date(2026, 7, 31), ends_on=date(2026, 8, 21), **given, **world.by
        )
    again = record_stay(
        tutor, starts_on=date(2026, 8, 1), ends_on=date(2026, 8, 31), **given, **world.by
    )
    for wrong, word in (
        ({"days": 99}, "天数"), ({"host": world.other_school}, "企业或科研机构"),
        ({"ends_on": date(2026, 9, 1)}, "晚于开始"), ({"ends_on": date(2027, 9, 1)}, "结束后再登记"),
    ):  # fmt: skip
        period = {"starts_on": date(2026, 9, 1), "ends_on": date(2026, 9, 30)}
        with pytest.raises(Invalid, match=word):
            record_stay(tutor, **(period | given | wrong), **world.by)
    with pytest.raises(Refused, match="学校教师"):
        record_stay(
            make_master(world), starts_on=date(2026, 9, 1), ends_on=date(2026, 9, 30), **given,
            by=world.recruiter, at=AT,
        )  # fmt: skip
    remove_stay(again, reason="登记重复", **world.by)
    assert tutor.stays.count() == 1


# The register ------------------------------------------------------------------------------------
def test_the_kind_follows_from_the_unit_and_facts_are_checked(world):
    assert make_master(world).kind == MentorKind.ENTERPRISE
    assert make_tutor(world).kind == MentorKind.SCHOOL
    with pytest.raises(Invalid, match="职业资格"):
        make_master(world, qualification="")
    with pytest.raises(Invalid, match="只用于学校教师"):
        make_master(world, dual_level="中级")
    with pytest.raises(Invalid, match="请写明等级"):
        make_tutor(world, dual_until=date(2027, 1, 1))
    with pytest.raises(Invalid, match="晚于开始"):
        make_master(world, ends_on=STARTS)
    with pytest.raises(Refused):
        add_mentor(world.consortium, world.firm, MASTER, by=world.teacher, at=AT)
    far = make_world()
    with pytest.raises(Refused, match="不是"):
        add_mentor(far.consortium, world.firm, MASTER, by=world.recruiter, at=AT)


def test_a_stale_form_is_refused(world):
    master = make_master(world)
    given = MentorFields("王师傅", STARTS, qualification="技师")
    change_mentor(master, given, revision=1, by=world.recruiter, at=AT)
    with pytest.raises(Conflict):
        change_mentor(master, given, revision=1, by=world.recruiter, at=AT)
    with pytest.raises(Refused):
        change_mentor(master, given, revision=2, by=world.teacher, at=AT)


def test_a_certificate_holds_through_its_last_day(world):
    make_tutor(world, dual_level="中级", dual_until=TODAY)
    make_tutor(world, name="旧证", dual_level="中级", dual_until=TODAY - timedelta(days=1))
    make_tutor(world, name="长期", dual_level="高级")
    make_tutor(world, name="没有")
    names = set(Mentor.objects.filter(dual_on(TODAY)).values_list("name", flat=True))
    assert names == {"李老师", "长期"}


def test_what_expires_is_said_once_and_what_is_over_first(world):
    signed = agreement(world)
    soon = make_master(world, name="快到期", ends_on=TODAY + timedelta(days=10), agreement=signed)
    make_master(world, name="还早", ends_on=TODAY + timedelta(days=200), agreement=signed)
    unbound = make_master(world, name="没协议")
    place(world, world.students[0], unbound)
    place(world, world.students[1], soon)
    make_tutor(world, dual_level="中级", dual_until=TODAY - timedelta(days=3))
    found = [(a.mentor.name, a.text, a.is_over) for a in alerts(Mentor.objects.all(), on=TODAY)]
    assert found == [
        ("没协议", "正在带徒，没有生效的聘任协议", True),
        ("李老师", "双师型认定已于 2026-11-20 到期", True),
        ("快到期", "聘任将于 2026-12-03 到期", False),
    ]


def test_who_sees_whom(world):
    master, tutor = make_master(world), make_tutor(world)
    actors = {
        n: getattr(world, n) for n in ("teacher", "recruiter", "office", "rival", "other_teacher")
    }

    def seen(row):
        return {n for n, actor in actors.items() if row in set(mentors_visible_to(actor))}

    assert seen(master) == {"recruiter", "office"} and seen(tutor) == {"teacher", "office"}
    place(world, world.students[0], master, tutor)
    assert seen(master) == seen(tutor) == {"teacher", "recruiter", "office"}
    work = record_work(
        master, day=date(2026, 11, 2), minutes=90, what="课", by=world.recruiter, at=AT
    )
    assert work in set(work_visible_to(world.teacher)) and not work_visible_to(world.rival).exists()
    stay = record_stay(
        tutor, host=world.other_firm, starts_on=date(2026, 7, 1), ends_on=date(2026, 8, 1), days=20,
        what="实践", **world.by,
    )  # fmt: skip
    assert stay in set(stays_visible_to(world.rival))  # at its own unit
    assert not stays_visible_to(world.recruiter).exists()
    assert not mentors_visible_to(None).exists() and not work_visible_to(None).exists()
    assert not rules.may_remove_stay(world.rival, stay)


# Excel -------------------------------------------------------------------------------------------
def scope(world, unit):
    return {"consortium": world.consortium.pk, "unit": unit.pk}


def test_the_register_goes_in_and_out_the_same(world, django_capture_on_commit_callbacks):
    execute = django_capture_on_commit_callbacks
    line = {"name": "王师傅", "qualification": "技师", "starts_on": STARTS, "allowance_fen": 80_000}
    made = imported(
        "training_mentors", scope(world, world.firm), world.recruiter, world.firm,
        [line, {"name": "无证", "starts_on": STARTS}], execute,
    )  # fmt: skip
    assert [p["message"] for p in made.report["problems"]] == ["企业导师须写明职业资格或职称"]
    made = imported(
        "training_mentors", scope(world, world.firm), world.recruiter, world.firm, [line], execute
    )
    assert committed(made, world.recruiter, execute)["created"] == 1
    row = Mentor.objects.get()
    assert (row.allowance_fen, row.at_most, row.kind) == (80_000, 5, MentorKind.ENTERPRISE)
    binding = get("training_mentors")
    context = binding.load(user=world.recruiter, scope=scope(world, world.firm), at=AT)
    again = imported(
        "training_mentors", scope(world, world.firm), world.recruiter, world.firm,
        list(binding.export_rows(context)), execute,
    )  # fmt: skip
    assert committed(again, world.recruiter, execute) == {
        "created": 0,
        "updated": 0,
        "unchanged": 1,
    }
    assert not binding.may(world.teacher, scope(world, world.firm))


def test_hours_and_stays_by_excel(world, django_capture_on_commit_callbacks):
    execute = django_capture_on_commit_callbacks
    tutor = make_tutor(world)
    line = {
        "number": tutor.number,
        "name": tutor.name,
        "day": date(2026, 11, 2),
        "minutes": 90,
        "what": "指导",
    }
    where = (scope(world, world.school), world.teacher, world.school)
    bad = imported(
        "training_mentor_work", *where,
        [line | {"number": "DS-1999-0001"}, line | {"name": "别人"}, line | {"day": date(2026, 11, 24)}],
        execute,
    )  # fmt: skip
    assert bad.report["bad"] == 3
    good = imported("training_mentor_work", *where, [line], execute)
    assert committed(good, world.teacher, execute)["created"] == 1
    assert committed(imported("training_mentor_work", *where, [line], execute), world.teacher, execute)[
        "unchanged"
    ] == 1  # fmt: skip
    stay = {
        "number": tutor.number, "name": tutor.name, "host": world.firm.name, "days": 20, "what": "实践",
        "starts_on": date(2026, 7, 6), "ends_on": date(2026, 8, 1),
    }  # fmt: skip
    bad = imported(
        "training_stays",
        *where,
        [stay | {"host": "外地公司"}, stay | {"starts_on": date(2026, 7, 7), "days": 99}],
        execute,
    )
    assert bad.report["bad"] == 2
    assert (
        committed(imported("training_stays", *where, [stay], execute), world.teacher, execute)[
            "created"
        ]
        == 1
    )
    assert tutor.stays.get().days == 20
    assert not get("training_stays").may(world.recruiter, scope(world, world.firm))
