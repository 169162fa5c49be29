"""Units, invitations, appointments: what is written, what is refused, and what a race cannot break."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from chanjiao.kernel.verdict import ALLOWED, Conflict, Invalid, Refused, refuse
from chanjiao.people import actions, queries
from chanjiao.people.checks import UnitFacts
from chanjiao.people.enums import AppointmentRole, Duty, UnitKind
from chanjiao.people.models import Appointment, Invitation, SavedFilter, Unit, User
from chanjiao.trail.models import Entry
from tests.people.world import (
    AT,
    TODAY,
    acting,
    credit_code,
    make_appointment,
    make_unit,
    make_user,
    seen,
    stranger,
    with_duty,
)

DAY = timedelta(days=1)
PASSWORD = "correct-horse-42"
ADMINISTRATOR, STAFF = AppointmentRole.ADMINISTRATOR, AppointmentRole.STAFF


def facts(**values):
    return UnitFacts(
        **(
            {"kind": UnitKind.ENTERPRISE, "name": "示例机床有限公司", "credit_code": credit_code()}
            | values
        )
    )


def actions_of(row):
    return list(
        Entry.objects.filter(subject=row._meta.label_lower, subject_id=str(row.pk))
        .order_by("sequence")
        .values_list("action", flat=True)
    )


# Units --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_create_unit_normalises_and_records():
    code = credit_code()
    unit = actions.create_unit(
        facts(credit_code=f" {code.lower()} ", name=" 示例  机床（大连）有限公司 "),
        by=with_duty(),
        at=AT,
    )
    assert unit.credit_code == code
    assert unit.name == "示例 机床\uff08大连\uff09有限公司"
    assert actions_of(unit) == ["unit.create"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"credit_code": "91210213000000011X"}, "credit_code"),
        ({"credit_code": ""}, "credit_code"),
        ({"kind": "club"}, "kind"),
        ({"name": " "}, "name"),
        ({"school_code": "4121010001"}, "school_code"),
        ({"division_code": "999999"}, "division_code"),
        ({"kind": UnitKind.SECONDARY, "school_code": "4121010001"}, "school_code"),
        ({"kind": UnitKind.UNIVERSITY, "school_code": "3621010001"}, "school_code"),
        ({"staff_count": -1}, "staff_count"),
    ],
)
def test_unacceptable_facts_are_named_by_field(values, field):
    with pytest.raises(Invalid) as caught:
        actions.create_unit(facts(**values), by=with_duty(), at=AT)
    assert list(caught.value.problems) == [field]
    assert not Unit.objects.exists() and not Entry.objects.exists()


@pytest.mark.django_db
def test_every_problem_is_reported_at_once():
    with pytest.raises(Invalid) as caught:
        actions.create_unit(
            facts(credit_code="1", name="", division_code="1"), by=with_duty(), at=AT
        )
    assert set(caught.value.problems) == {"credit_code", "name", "division_code"}


@pytest.mark.django_db
def test_a_credit_code_is_used_once():
    first = make_unit()
    with pytest.raises(Invalid) as caught:
        actions.create_unit(facts(credit_code=first.credit_code), by=with_duty(), at=AT)
    assert "credit_code" in caught.value.problems


@pytest.mark.django_db
def test_an_office_needs_no_credit_code():
    unit = actions.create_unit(facts(kind=UnitKind.OFFICE, credit_code=""), by=with_duty(), at=AT)
    assert unit.credit_code is None


@pytest.mark.django_db
def test_a_verdict_from_above_decides():
    with pytest.raises(Refused, match="只有系统管理员"):
        actions.create_unit(facts(), by=stranger(), at=AT)
    with pytest.raises(Refused, match="上层说不"):
        actions.create_unit(facts(), by=with_duty(), at=AT, verdict=refuse("上层说不"))
    assert actions.create_unit(facts(), by=stranger(), at=AT, verdict=ALLOWED).pk


def facts_of(unit):
    return UnitFacts(kind=unit.kind, name=unit.name, credit_code=unit.credit_code or "")


@pytest.mark.django_db
def test_a_unit_s_administrator_changes_its_facts_but_not_its_identity():
    unit = make_unit()
    administrator = acting(unit)
    changed = actions.update_unit(
        unit, replace(facts_of(unit), staff_count=800), revision=1, by=administrator, at=AT
    )
    assert (changed.staff_count, changed.revision) == (800, 2)
    entry = Entry.objects.get(action="unit.update")
    assert entry.data == {"changed": {"staff_count": [None, 800]}}
    for values in (
        {"name": "别的公司"},
        {"credit_code": credit_code()},
        {"kind": UnitKind.INSTITUTE},
    ):
        with pytest.raises(Refused, match="联系秘书处"):
            actions.update_unit(
                unit, replace(facts_of(unit), **values), revision=2, by=administrator, at=AT
            )


@pytest.mark.django_db
def test_an_edit_from_an_older_revision_is_refused():
    unit = make_unit()
    administrator = acting(unit)
    actions.update_unit(unit, facts_of(unit), revision=1, by=administrator, at=AT)
    with pytest.raises(Conflict):
        actions.update_unit(unit, facts_of(unit), revision=1, by=administrator, at=AT)


# Appointments -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_appoint_and_end():
    unit = make_unit()
    administrator, newcomer = acting(unit), make_user()
    appointment = actions.appoint(unit, newcomer, role=STAFF, by=administrator, at=AT)
    assert seen(newcomer).acts_for(unit.pk)
    actions.end_appointment(appointment, reason="调离", by=administrator, at=AT)
    assert not seen(newcomer).acts_for(unit.pk)
    assert actions_of(appointment) == ["appointment.start", "appointment.end"]


@pytest.mark.django_db
def test_periods_of_one_person_in_one_unit_do_not_overlap():
    unit = make_unit()
    administrator, newcomer = acting(unit), make_user()
    actions.appoint(unit, newcomer, role=STAFF, by=administrator, at=AT, ends_on=TODAY + 5 * DAY)
    with pytest.raises(Invalid):
        actions.appoint(unit, newcomer, role=STAFF, by=administrator, at=AT, starts_on=TODAY + DAY)
    later = actions.appoint(
        unit, newcomer, role=STAFF, by=administrator, at=AT, starts_on=TODAY + 5 * DAY
    )
    assert later.starts_on == TODAY + 5 * DAY


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["", "chief"])
def test_a_role_must_exist(role):
    unit = make_unit()
    with pytest.raises(Invalid):
        actions.appoint(unit, make_user(), role=role, by=acting(unit), at=AT)


@pytest.mark.django_db
def test_the_last_administrator_stays():
    unit = make_unit()
    administrator = acting(unit)
    mine = administrator.user.appointments.get()
    with pytest.raises(Refused, match="最后一位管理员"):
        actions.end_appointment(mine, reason="调离", by=administrator, at=AT)
    with pytest.raises(Refused, match="最后一位管理员"):
        actions.end_appointment(
            mine, reason="调离", by=administrator, at=AT, ends_on=TODAY + 30 * DAY
        )
    with pytest.raises(Refused, match="最后一位管理员"):
        actions.change_appointment(mine, role=STAFF, by=administrator, at=AT)
    mine.refresh_from_db()
    assert mine.ends_on is None and not Entry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("weakness", ["staff", "ends", "starts_later", "inactive", "elsewhere"])
def test_who_does_not_count_as_another_administrator(weakness):
    unit = make_unit()
    administrator = acting(unit)
    other = make_user(is_active=weakness != "inactive")
    make_appointment(
        other,
        make_unit() if weakness == "elsewhere" else unit,
        STAFF if weakness == "staff" else ADMINISTRATOR,
        starts_on=TODAY + DAY if weakness == "starts_later" else TODAY - DAY,
        ends_on=TODAY + 9 * DAY if weakness == "ends" else None,
    )
    with pytest.raises(Refused, match="最后一位管理员"):
        actions.end_appointment(
            administrator.user.appointments.get(), reason="调离", by=administrator, at=AT
        )


@pytest.mark.django_db
def test_a_temporary_administrator_needs_a_lasting_one():
    unit = make_unit()
    with pytest.raises(Refused, match="无结束日期"):
        actions.appoint(
            unit, make_user(), role=ADMINISTRATOR, by=stranger(), at=AT,
            ends_on=TODAY + DAY, verdict=ALLOWED,
        )  # fmt: skip


@pytest.mark.django_db
def test_a_handover_is_possible():
    unit = make_unit()
    old, new = acting(unit), make_user()
    actions.appoint(unit, new, role=ADMINISTRATOR, by=old, at=AT)
    actions.end_appointment(old.user.appointments.get(), reason="退休", by=old, at=AT)
    assert list(queries.administrators(unit, TODAY)) == [new]


@pytest.mark.django_db
def test_a_role_changes_from_today_and_the_past_stays():
    unit = make_unit()
    administrator = acting(unit)
    staff = acting(unit, STAFF)
    changed = actions.change_appointment(
        staff.user.appointments.get(), role=ADMINISTRATOR, by=administrator, at=AT
    )
    assert changed.starts_on == TODAY
    assert seen(staff.user).administers(unit.pk)
    assert staff.user.appointments.filter(role=STAFF, ends_on=TODAY).exists()


@pytest.mark.django_db
def test_an_appointment_ends_once_and_not_in_the_past():
    unit = make_unit()
    administrator, staff = acting(unit), acting(unit, STAFF)
    row = staff.user.appointments.get()
    with pytest.raises(Invalid):
        actions.end_appointment(row, reason="调离", by=administrator, at=AT, ends_on=TODAY - DAY)
    with pytest.raises(Invalid):
        actions.end_appointment(row, reason=" ", by=administrator, at=AT)
    actions.end_appointment(row, reason="调离", by=administrator, at=AT)
    with pytest.raises(Conflict):
        actions.end_appointment(row, reason="调离", by=administrator, at=AT)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_leaving_at_once_do_not_both_leave():
    unit = make_unit()
    pair = [acting(unit), acting(unit)]
    rows = [actor.user.appointments.get() for actor in pair]
    outcomes = at_once(
        [
            lambda a=a, row=row: actions.end_appointment(row, reason="调离", by=a, at=AT)
            for a, row in zip(pair, rows, strict=True)
        ]
    )
    assert sorted(type(o).__name__ for o in outcomes) == ["Appointment", "Refused"]
    assert queries.administrators(unit, TODAY + DAY).count() == 1


@pytest.mark.django_db(transaction=True)
def test_leaving_and_being_deactivated_at_once_keeps_one_administrator():
    unit = make_unit()
    one, two, security = acting(unit), acting(unit), with_duty(Duty.SECURITY)
    row = one.user.appointments.get()
    at_once(
        [
            lambda: actions.end_appointment(row, reason="调离", by=one, at=AT),
            lambda: actions.deactivate_user(two.user, reason="离职", by=security, at=AT),
        ]
    )
    assert queries.administrators(unit, TODAY + DAY).count() == 1


def at_once(calls):
    """Run the calls in threads that start together; each answer, or the exception raised."""
    barrier = Barrier(len(calls))

    def run(call):
        barrier.wait()
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


# Invitations --------------------------------------------------------------------------------


def invitation_for(unit, role=STAFF, by=None):
    return actions.invite(
        unit, name="张三", email="zhang@example.cn", role=role, by=by or acting(unit), at=AT
    )


@pytest.mark.django_db
def test_the_secret_is_not_stored():
    invitation, token = invitation_for(make_unit())
    row = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert len(token) >= 43
    assert token not in str(row) and token not in str(list(Entry.objects.values()))


@pytest.mark.django_db
def test_accepting_makes_an_account_that_acts_from_today():
    unit = make_unit()
    invitation, token = invitation_for(unit)
    assert queries.open_invitation(token, AT) == invitation
    user = actions.accept_invitation(token, username="zhang3", password=PASSWORD, at=AT)
    assert (user.name, user.email) == ("张三", "zhang@example.cn")
    assert user.check_password(PASSWORD)
    assert seen(user).roles == {unit.pk: STAFF}
    entry = Entry.objects.get(action="invitation.accept")
    assert (entry.actor_id, entry.subject_id) == (user.pk, str(invitation.pk))
    assert queries.open_invitation(token, AT) is None


@pytest.mark.django_db
def test_a_student_s_account_acts_for_no_unit():
    school = make_unit(UnitKind.SECONDARY)
    _, token = invitation_for(school, role="", by=acting(school, STAFF))
    user = actions.accept_invitation(token, username="student1", password=PASSWORD, at=AT)
    assert not Appointment.objects.filter(user=user).exists()


@pytest.mark.django_db
def test_only_schools_invite_students():
    unit = make_unit(UnitKind.ENTERPRISE)
    with pytest.raises(Invalid, match="只有学校"):
        invitation_for(unit, role="")


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["accepted", "revoked", "expired", "wrong"])
def test_a_link_that_no_longer_works(how):
    unit = make_unit()
    administrator = acting(unit)
    invitation, token = invitation_for(unit, by=administrator)
    at = AT
    if how == "accepted":
        actions.accept_invitation(token, username="first1", password=PASSWORD, at=AT)
    elif how == "revoked":
        actions.revoke_invitation(invitation, by=administrator, at=AT)
    elif how == "expired":
        at = AT + 14 * DAY
    else:
        token = token[::-1]
    before = User.objects.count()
    with pytest.raises(Refused, match="重新发送"):
        actions.accept_invitation(token, username="second2", password=PASSWORD, at=at)
    assert User.objects.count() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "password", "field"),
    [
        ("a", PASSWORD, "username"),
        ("张三", PASSWORD, "username"),
        ("TAKEN", PASSWORD, "username"),
        ("zhang3", "short", "password"),
        ("zhang3", "1234567890123", "password"),
        ("zhangsan2026", "zhangsan2026", "password"),
    ],
)
def test_a_bad_login_leaves_the_link_open(username, password, field):
    make_user(username="taken")
    _, token = invitation_for(make_unit())
    with pytest.raises(Invalid) as caught:
        actions.accept_invitation(token, username=username, password=password, at=AT)
    assert list(caught.value.problems) == [field]
    assert queries.open_invitation(token, AT)


@pytest.mark.django_db
def test_somebody_with_an_account_accepts_with_it():
    unit, person = make_unit(), stranger()
    _, token = invitation_for(unit)
    actions.accept_invitation_as(token, by=person, at=AT)
    assert seen(person.user).roles == {unit.pk: STAFF}


@pytest.mark.django_db
def test_an_operator_does_not_accept_business():
    _, token = invitation_for(make_unit())
    with pytest.raises(Refused, match="另用账号"):
        actions.accept_invitation_as(token, by=with_duty(), at=AT)
    assert queries.open_invitation(token, AT)


@pytest.mark.django_db
def test_a_used_invitation_is_not_revoked():
    unit = make_unit()
    administrator = acting(unit)
    invitation, token = invitation_for(unit, by=administrator)
    actions.accept_invitation(token, username="zhang3", password=PASSWORD, at=AT)
    with pytest.raises(Refused, match="已被接受"):
        actions.revoke_invitation(invitation, by=administrator, at=AT)


@pytest.mark.django_db(transaction=True)
def test_a_link_opened_twice_at_once_makes_one_account():
    _, token = invitation_for(make_unit())
    before = User.objects.count()
    outcomes = at_once(
        [
            lambda name=name: actions.accept_invitation(
                token, username=name, password=PASSWORD, at=AT
            )
            for name in ("person1", "person2", "person3")
        ]
    )
    assert sorted(type(o).__name__ for o in outcomes) == ["Refused", "Refused", "User"]
    assert User.objects.count() == before + 1


# Accounts and filters -----------------------------------------------------------------------


@pytest.mark.django_db
def test_deactivate_and_reactivate():
    security, person = with_duty(Duty.SECURITY), make_user()
    actions.deactivate_user(person, reason="离职", by=security, at=AT)
    person.refresh_from_db()
    assert not person.is_active
    actions.reactivate_user(person, reason="返聘", by=security, at=AT)
    assert actions_of(person) == ["account.deactivate", "account.reactivate"]


@pytest.mark.django_db
def test_a_unit_s_last_administrator_is_not_deactivated():
    unit = make_unit()
    administrator = acting(unit)
    with pytest.raises(Refused, match="最后一位管理员"):
        actions.deactivate_user(
            administrator.user, reason="离职", by=with_duty(Duty.SECURITY), at=AT
        )


@pytest.mark.django_db
def test_the_first_operator():
    user = actions.create_first_operator(username="root1", name="管理员", password=PASSWORD, at=AT)
    assert user.duty == Duty.OPERATOR
    assert Entry.objects.get().actor_name == "系统"


@pytest.mark.django_db
def test_a_filter_of_the_same_name_is_replaced():
    person = stranger()
    actions.save_filter("desk:members", "学校", "side=1", by=person)
    row = actions.save_filter("desk:members", "学校", "side=2", by=person)
    assert SavedFilter.objects.get().query == "side=2"
    with pytest.raises(Refused):
        actions.delete_filter(row, by=stranger())
    actions.delete_filter(row, by=person)
    assert not SavedFilter.objects.exists()


# Reads --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_units_visible():
    mine, other = make_unit(), make_unit()
    assert list(queries.units_visible_to(acting(mine))) == [mine]
    assert set(queries.units_visible_to(with_duty())) == {mine, other}
    for nobody in (None, stranger(), with_duty(Duty.AUDITOR), with_duty(Duty.SECURITY)):
        assert not queries.units_visible_to(nobody).exists()


@pytest.mark.django_db
def test_a_merged_unit_s_code_leads_to_the_kept_one():
    kept = make_unit()
    middle = make_unit(merged_into=kept)
    lost = make_unit(merged_into=middle)
    assert queries.unit_with_credit_code(lost.credit_code) == kept
    assert queries.unit_with_credit_code("none") is None
