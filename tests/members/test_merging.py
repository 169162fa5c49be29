"""Merging two registrations of one unit: what moves, what is refused, and that undoing restores."""

import random
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chanjiao.council import meeting_actions
from chanjiao.council.models import Attendance
from chanjiao.kernel.verdict import Invalid, Refused
from chanjiao.members import merging
from chanjiao.members.merging import merge_preview, merge_units, undo_merge
from chanjiao.members.models import Contact, Contribution, UnitMerge
from chanjiao.needs.models import Cohort, Post, Student
from chanjiao.people.actions import end_appointment, invite
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Appointment, Invitation, Unit
from chanjiao.people.queries import unit_with_credit_code
from chanjiao.trail.models import Entry
from tests.council import world as council
from tests.members.world import make_consortium, make_member, secretary
from tests.people.world import (
    AT,
    TODAY,
    acting,
    make_appointment,
    make_unit,
    make_user,
    seen,
    with_duty,
)

DAY = timedelta(days=1)
SCHOOL = UnitKind.SECONDARY


def snapshot():
    """Every row of every table, but the record of merges and the trail."""
    return {
        model._meta.label: sorted(map(str, model._base_manager.values()))
        for model in apps.get_models()
        if model is not UnitMerge and model is not Entry
    }


def make_post(consortium, unit, number):
    return Post.objects.create(
        consortium=consortium, unit=unit, number=number, quarter="2026Q4", title="数控操作工",
        created_at=AT, kind="internship", occupation_code="6-18-01-01", headcount=5, place="示例车间",
        shift="day", wage_fen=400_000, lowest_wage_fen=300_000, peer_wage_fen=500_000,
        same_post_staff=60, starts_on=TODAY, ends_on=TODAY + 90 * DAY,
    )  # fmt: skip


def make_cohort(consortium, unit, number):
    return Cohort.objects.create(
        consortium=consortium, unit=unit, number=number, quarter="2026Q4", title="数控 2024 级",
        created_at=AT, major_code="660103", entry_year=2024, size=40, kind="internship",
        available_from=TODAY, available_to=TODAY + 90 * DAY,
    )  # fmt: skip


def make_student(cohort, school, number):
    return Student.objects.create(
        cohort=cohort, school=school, student_number=number, name="学生", sex="male",
        birth_date=TODAY.replace(year=2008), grade_points=80, skill_points=80, created_at=AT,
    )  # fmt: skip


def merge(kept, duplicate, by=None):
    return merge_units(kept, duplicate, reason="重复登记", by=by or with_duty(), at=AT)


def undo(row, by=None):
    return undo_merge(row, reason="合并有误", by=by or with_duty(), at=AT + DAY)


@pytest.mark.django_db
def test_rows_of_every_package_move_hidden_relations_included():
    consortium, kept, duplicate = make_consortium(), make_unit(SCHOOL), make_unit(SCHOOL)
    membership = make_member(consortium, duplicate)
    person = acting(duplicate)
    invite(duplicate, name="甲", email="", role="staff", by=person, at=AT)
    cohort = make_cohort(consortium, duplicate, "C-1")
    make_student(cohort, duplicate, "1")
    plan = merge_preview(kept, duplicate)
    assert {move.label: move.count for move in plan.moves} == {
        "成员资格": 1, "任职": 1, "邀请": 1, "学生批次": 1, "学生": 1
    }  # fmt: skip
    merge(kept, duplicate, by=secretary(consortium))
    membership.refresh_from_db()
    assert membership.unit == kept
    assert seen(person.user).administers(kept.pk)
    assert Cohort.objects.get().unit == Student.objects.get().school == kept
    assert Invitation.objects.get().unit == kept
    assert unit_with_credit_code(duplicate.credit_code) == kept


@pytest.mark.django_db
def test_every_foreign_key_to_a_unit_is_walked():
    found = {(field.model, field.name) for field in merging._relations()}
    pointing = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model is Unit
    }
    left_out = {
        ("people.Unit", "merged_into"),
        ("members.Consortium", "secretariat"),
        ("members.UnitMerge", "kept"),
        ("members.UnitMerge", "duplicate"),
    }
    assert {(m._meta.label, name) for m, name in pointing - found} == left_out
    assert len(found) >= 10


@pytest.mark.django_db
def test_both_members_of_one_consortium():
    consortium, kept, duplicate = make_consortium(), make_unit(), make_unit()
    stands = make_member(consortium, kept, role="director")
    double = make_member(consortium, duplicate, role="lead")
    Contribution.objects.create(membership=double, advantage="funds", text="设备")
    Contact.objects.create(membership=double, name="王五")
    plan = merge_preview(kept, duplicate)
    assert [ending.row for ending in plan.endings] == [double]
    assert {m.label: m.count for m in plan.moving} == {"优势投入": 1, "联系人": 1}
    assert not plan.conflicts
    before = snapshot()
    done = merge(kept, duplicate, by=secretary_of(consortium))
    double.refresh_from_db()
    assert (double.unit, double.left_on) == (duplicate, TODAY)
    assert kept.name in double.left_reason
    assert [c.membership for c in (Contribution.objects.get(), Contact.objects.get())] == [
        stands
    ] * 2
    stands.refresh_from_db()
    assert stands.role == "director"
    undo(done, by=secretary_of(consortium))
    assert without_people(snapshot()) == without_people(before)


def secretary_of(consortium):
    return secretary(consortium)


def without_people(tables):
    return {k: v for k, v in tables.items() if k not in ("people.User", "people.Appointment")}


@pytest.mark.django_db
def test_a_person_of_both_units_acts_once():
    kept, duplicate, person = make_unit(), make_unit(), make_user()
    make_appointment(person, kept, "staff")
    make_appointment(person, duplicate, "administrator")
    done = merge(kept, duplicate)
    assert seen(person).roles == {kept.pk: "staff"}
    undo(done)
    assert seen(person).roles == {kept.pk: "staff", duplicate.pk: "administrator"}


@pytest.mark.django_db
def test_a_student_number_in_both_schools_stands_in_the_way():
    consortium, kept, duplicate = make_consortium(), make_unit(SCHOOL), make_unit(SCHOOL)
    for school in (kept, duplicate):
        make_student(make_cohort(consortium, school, f"C-{school.pk}"), school, "2024001")
    before = snapshot()
    operator = with_duty()
    with pytest.raises(Refused, match="1 条与保留单位的记录重复"):
        merge(kept, duplicate, by=operator)
    assert without_people(snapshot()) == without_people(before)
    assert not UnitMerge.objects.exists() and not Entry.objects.exists()


@pytest.mark.django_db
def test_merge_and_undo_leave_one_trail_row_each_on_the_kept_unit():
    kept, duplicate = make_unit(), make_unit()
    undo(merge(kept, duplicate))
    rows = Entry.objects.order_by("sequence").values_list("action", "subject_id", "reason")
    assert list(rows) == [
        ("unit.merge", str(kept.pk), "重复登记"), ("unit.unmerge", str(kept.pk), "合并有误")
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_reason_is_needed_and_a_merge_is_undone_once():
    kept, duplicate, operator = make_unit(), make_unit(), with_duty()
    with pytest.raises(Invalid):
        merge_units(kept, duplicate, reason=" ", by=operator, at=AT)
    done = merge(kept, duplicate)
    with pytest.raises(Refused):
        merge(kept, duplicate)
    with pytest.raises(Invalid):
        undo_merge(done, reason="", by=operator, at=AT)
    undo(done)
    with pytest.raises(Refused, match="已撤销"):
        undo(done)


@pytest.mark.django_db
def test_a_row_deleted_since_stands_in_the_way_of_undoing():
    consortium, kept, duplicate = make_consortium(), make_unit(), make_unit()
    post = make_post(consortium, duplicate, "P-1")
    done = merge(kept, duplicate)
    post.delete()
    with pytest.raises(Refused, match="1 条在合并后已被删除"):
        undo(done)
    duplicate.refresh_from_db()
    assert duplicate.merged_into == kept


@pytest.mark.django_db
def test_an_ended_double_changed_since_stands_in_the_way():
    consortium, kept, duplicate = make_consortium(), make_unit(), make_unit()
    make_member(consortium, kept)
    double = make_member(consortium, duplicate)
    done = merge(kept, duplicate)
    double.refresh_from_db()
    double.left_reason = "另有原因"
    double.save()
    with pytest.raises(Refused, match="又有改动"):
        undo(done)


@pytest.mark.django_db
def test_merges_are_undone_in_reverse():
    first, second, third = make_unit(), make_unit(), make_unit()
    make_post(make_consortium(), first, "P-1")
    one = merge(second, first)
    two = merge(third, second)
    assert Post.objects.get().unit == third
    assert unit_with_credit_code(first.credit_code) == third
    with pytest.raises(Refused, match="先撤销那一次"):
        undo(one)
    undo(two)
    undo(one)
    assert Post.objects.get().unit == first


@pytest.mark.django_db
@pytest.mark.parametrize("gone", ["kept", "duplicate"])
def test_undoing_leaves_nobody_without_an_administrator(gone):
    kept, duplicate = make_unit(), make_unit()
    persons = {"kept": acting(kept), "duplicate": acting(duplicate)}
    done = merge(kept, duplicate)
    leaver = persons[gone]
    row = Appointment.objects.get(user=leaver.user)
    end_appointment(row, reason="调离", by=seen(leaver.user), at=AT)
    with pytest.raises(Refused, match="没有管理员"):
        undo(done)


@pytest.mark.django_db
def test_new_rows_of_the_kept_unit_stay_there():
    consortium, kept, duplicate = make_consortium(), make_unit(), make_unit()
    old = make_post(consortium, duplicate, "P-1")
    done = merge(kept, duplicate)
    new = make_post(consortium, kept, "P-2")
    undo(done)
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.unit, new.unit) == (duplicate, kept)


@pytest.mark.django_db
def test_another_consortium_s_secretary_neither_merges_nor_undoes():
    consortium = make_consortium()
    kept, duplicate = make_member(consortium).unit, make_member(consortium).unit
    other = secretary(make_consortium(), "administrator")
    with pytest.raises(Refused):
        merge(kept, duplicate, by=other)
    done = merge(kept, duplicate, by=secretary(consortium))
    with pytest.raises(Refused):
        undo(done, by=other)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32))
def test_after_undoing_the_database_is_as_before(seed):
    with transaction.atomic():
        kept, duplicate, operator = random_world(random.Random(seed))
        before = snapshot()
        try:
            done = merge(kept, duplicate, by=operator)
        except Refused:
            assert snapshot() == before
        else:
            assert snapshot() != before
            undo(done, by=operator)
            assert snapshot() == before
        transaction.set_rollback(True)


def random_world(draw):
    """A few consortia, and rows of many packages that point to two units of one kind."""
    kind = draw.choice([SCHOOL, UnitKind.ENTERPRISE])
    units = [make_unit(kind), make_unit(kind)]
    consortia = [make_consortium() for _ in range(draw.randint(1, 2))]
    users = [make_user() for _ in range(3)]
    for unit in units:
        for consortium in draw.sample(consortia, draw.randint(0, len(consortia))):
            gone = {"left_on": TODAY, "left_reason": "注销"} if draw.random() < 0.3 else {}
            row = make_member(consortium, unit, **gone)
            if draw.random() < 0.5:
                Contribution.objects.create(membership=row, advantage="talent", text="教师")
                Contact.objects.create(membership=row, name="某人", is_main=draw.random() < 0.5)
        for user in draw.sample(users, draw.randint(0, 3)):
            ends_on = TODAY if draw.random() < 0.3 else None
            make_appointment(user, unit, draw.choice(["administrator", "staff"]), ends_on=ends_on)
        for number in range(draw.randint(0, 2)):
            make_post(consortia[0], unit, f"P-{unit.pk}-{number}")
        if kind == SCHOOL:
            cohort = make_cohort(consortia[0], unit, f"C-{unit.pk}")
            for number in draw.sample(range(20), draw.randint(0, 3)):
                make_student(cohort, unit, str(number))
    return *draw.sample(units, 2), with_duty()


@pytest.mark.django_db
def test_units_that_sat_in_one_assembly_keep_one_attendance_each_and_one_after_the_opening():
    world = council.make_world(3)
    kept, duplicate = world.units[:2]
    operator = with_duty()
    meeting = council.notified(world, world.assembly)
    before = snapshot()
    merge = merge_units(kept, duplicate, reason="重复登记", by=operator, at=AT)
    rows = Attendance.objects.filter(meeting=meeting)
    assert rows.filter(unit=kept).count() == 1
    assert rows.get(unit=duplicate).membership.left_on is not None
    undo_merge(merge, reason="不是同一单位", by=operator, at=AT)
    assert snapshot() == before
    merge_units(kept, duplicate, reason="确是同一单位", by=operator, at=AT)
    meeting_actions.open_meeting(meeting, by=world.secretary, at=council.ON_THE_DAY)
    assert list(rows.order_by("place").values_list("unit", flat=True)) == [
        kept.pk, world.units[2].pk,
    ]  # fmt: skip
