"""Every rule of people against every kind of person: who is not named here is refused."""

import pytest

from chanjiao.people import rules
from chanjiao.people.enums import AppointmentRole, Duty, UnitKind
from chanjiao.people.models import SavedFilter
from tests.people.world import (
    acting,
    make_appointment,
    make_unit,
    make_user,
    stranger,
    with_duty,
)

pytestmark = pytest.mark.django_db

PERSONS = (
    "administrator", "staff", "other_administrator", "stranger", "operator", "security", "auditor",
)  # fmt: skip


@pytest.fixture
def unit():
    return make_unit(UnitKind.HIGHER_VOCATIONAL)


@pytest.fixture
def persons(unit):
    return {
        "administrator": acting(unit),
        "staff": acting(unit, AppointmentRole.STAFF),
        "other_administrator": acting(make_unit()),
        "stranger": stranger(),
        "operator": with_duty(Duty.OPERATOR),
        "security": with_duty(Duty.SECURITY),
        "auditor": with_duty(Duty.AUDITOR),
    }


ALLOWED = {
    "may_create_unit": {"operator"},
    "may_update_unit": {"administrator", "operator"},
    "may_update_identity": {"operator"},
    "may_invite_administrator": {"administrator"},
    "may_invite_student": {"administrator", "staff"},
    "may_invite_to_office": {"operator"},
    "may_appoint": {"administrator"},
    "may_end_appointment": {"administrator"},
    "may_change_appointment": {"administrator"},
    "may_manage_accounts": {"security"},
    "may_deactivate": {"security"},
    "may_reactivate": {"security"},
}


def verdict(rule, actor, unit):
    someone = make_user()
    appointment = make_appointment(someone, unit, AppointmentRole.STAFF)
    asked = {
        "may_create_unit": lambda: rules.may_create_unit(actor),
        "may_update_unit": lambda: rules.may_update_unit(actor, unit),
        "may_update_identity": lambda: rules.may_update_identity(actor, unit),
        "may_invite_administrator": lambda: rules.may_invite(actor, unit, "administrator"),
        "may_invite_student": lambda: rules.may_invite(actor, unit, ""),
        "may_invite_to_office": lambda: rules.may_invite(
            actor, make_unit(UnitKind.OFFICE), "administrator"
        ),
        "may_appoint": lambda: rules.may_appoint(actor, unit),
        "may_end_appointment": lambda: rules.may_end_appointment(actor, appointment),
        "may_change_appointment": lambda: rules.may_change_appointment(actor, appointment),
        "may_manage_accounts": lambda: rules.may_manage_accounts(actor),
        "may_deactivate": lambda: rules.may_deactivate(actor, someone),
        "may_reactivate": lambda: rules.may_reactivate(actor, make_user(is_active=False)),
    }
    return asked[rule]()


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize("rule", ALLOWED)
def test_who_may(rule, person, persons, unit):
    answer = verdict(rule, persons[person], unit)
    assert bool(answer) is (person in ALLOWED[rule])
    assert bool(answer.reason) is not bool(answer)


@pytest.mark.parametrize("rule", ["may_update_unit", "may_invite_administrator", "may_appoint"])
def test_nothing_more_happens_to_a_merged_unit(rule, unit):
    administrator = acting(unit)
    unit.merged_into = make_unit()
    unit.save()
    assert "已并入" in verdict(rule, administrator, unit).reason


def test_a_person_may_resign(unit):
    staff = acting(unit, AppointmentRole.STAFF)
    assert rules.may_end_appointment(staff, staff.user.appointments.get())


@pytest.mark.parametrize("duty", [Duty.OPERATOR, Duty.SECURITY, Duty.AUDITOR])
def test_who_holds_a_duty_does_no_business(duty):
    assert not rules.may_be_appointed(make_user(duty=duty))


def test_an_inactive_account_is_appointed_nowhere():
    assert not rules.may_be_appointed(make_user(is_active=False))


def test_the_only_auditor_stays():
    security = with_duty(Duty.SECURITY)
    auditor = make_user(duty=Duty.AUDITOR)
    assert "唯一" in rules.may_deactivate(security, auditor).reason
    make_user(duty=Duty.AUDITOR)
    assert rules.may_deactivate(security, auditor)


def test_the_security_administrator_cannot_lock_itself_out():
    security = with_duty(Duty.SECURITY)
    make_user(duty=Duty.SECURITY)
    assert not rules.may_deactivate(security, security.user)


def test_a_filter_is_its_owner_s():
    owner, other = stranger(), stranger()
    row = SavedFilter.objects.create(user=owner.user, page="p", name="n", query="q=1")
    assert rules.may_delete_filter(owner, row)
    assert not rules.may_delete_filter(other, row)
