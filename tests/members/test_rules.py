"""Every rule of members against every kind of person: who is not named here is refused."""

import pytest

from chanjiao.members import queries, rules
from chanjiao.members.models import Contact, UnitMerge
from chanjiao.people.enums import Duty, UnitKind
from tests.members.world import JOINED, make_consortium, make_member, secretary
from tests.people.world import (
    AT,
    TODAY,
    acting,
    make_appointment,
    make_unit,
    make_user,
    stranger,
    with_duty,
)

pytestmark = pytest.mark.django_db

PERSONS = (
    "secretary", "other_secretary", "administrator", "staff", "fellow", "outsider", "stranger",
    "operator", "security", "auditor",
)  # fmt: skip
OFFICE, OWN = {"secretary"}, {"administrator", "staff"}

ALLOWED = {
    "may_create_consortium": {"operator"},
    "may_update_consortium": OFFICE | {"operator"},
    "may_admit": OFFICE,
    "may_change_membership": OFFICE,
    "may_leave": OFFICE,
    "may_edit_details": OFFICE | OWN,
    "may_see_contacts": OFFICE | OWN,
    "may_steward": OFFICE,
    "may_update_unit": OFFICE | {"administrator", "operator"},
    "may_invite": OFFICE | {"administrator"},
    "may_invite_student": OWN,
    "may_appoint": OFFICE | {"administrator"},
    "may_end_appointment": OFFICE | {"administrator"},
    "may_change_appointment": OFFICE | {"administrator"},
    "may_revoke_invitation": OFFICE | {"administrator"},
    "may_merge": OFFICE | {"operator"},
    "may_undo_merge": OFFICE | {"operator"},
}


@pytest.fixture
def world():
    consortium, other = make_consortium(), make_consortium()
    member = make_member(consortium, make_unit(UnitKind.SECONDARY))
    fellow = make_member(consortium)
    outsider = make_member(other)
    persons = {
        "secretary": secretary(consortium),
        "other_secretary": secretary(other, "administrator"),
        "administrator": acting(member.unit),
        "staff": acting(member.unit, "staff"),
        "fellow": acting(fellow.unit),
        "outsider": acting(outsider.unit),
        "stranger": stranger(),
        "operator": with_duty(Duty.OPERATOR),
        "security": with_duty(Duty.SECURITY),
        "auditor": with_duty(Duty.AUDITOR),
    }
    return consortium, member, persons


def verdict(rule, actor, consortium, member):
    from chanjiao.people.actions import invite

    unit = member.unit
    appointment = make_appointment(make_user(), unit, "staff")

    def invitation():
        made, _ = invite(unit, name="李四", email="", role="staff", by=acting(unit), at=AT)
        return made

    def merge():
        return UnitMerge.objects.create(
            kept=unit, duplicate=make_unit(UnitKind.SECONDARY), reason="重复", merged_by=make_user(),
            merged_at=AT,
        )  # fmt: skip

    asked = {
        "may_create_consortium": lambda: rules.may_create_consortium(actor),
        "may_update_consortium": lambda: rules.may_update_consortium(actor, consortium),
        "may_admit": lambda: rules.may_admit(actor, consortium),
        "may_change_membership": lambda: rules.may_change_membership(actor, member),
        "may_leave": lambda: rules.may_leave(actor, member),
        "may_edit_details": lambda: rules.may_edit_details(actor, member),
        "may_see_contacts": lambda: rules.may_see_contacts(actor, member),
        "may_steward": lambda: rules.may_steward(actor, unit, on=TODAY),
        "may_update_unit": lambda: rules.may_update_unit(actor, unit, on=TODAY),
        "may_invite": lambda: rules.may_invite(actor, unit, "administrator", on=TODAY),
        "may_invite_student": lambda: rules.may_invite(actor, unit, "", on=TODAY),
        "may_appoint": lambda: rules.may_appoint(actor, unit, on=TODAY),
        "may_end_appointment": lambda: rules.may_end_appointment(actor, appointment, on=TODAY),
        "may_change_appointment": lambda: rules.may_change_appointment(
            actor, appointment, on=TODAY
        ),
        "may_revoke_invitation": lambda: rules.may_revoke_invitation(actor, invitation(), on=TODAY),
        "may_merge": lambda: rules.may_merge(actor, unit, make_unit(UnitKind.SECONDARY)),
        "may_undo_merge": lambda: rules.may_undo_merge(actor, merge()),
    }
    return asked[rule]()


@pytest.mark.parametrize("person", PERSONS)
@pytest.mark.parametrize("rule", ALLOWED)
def test_who_may(rule, person, world):
    consortium, member, persons = world
    answer = verdict(rule, persons[person], consortium, member)
    assert bool(answer) is (person in ALLOWED[rule]), answer.reason
    assert bool(answer.reason) is not bool(answer)


GONE = ["may_change_membership", "may_leave", "may_edit_details", "may_steward", "may_invite"]


@pytest.mark.parametrize("rule", GONE)
def test_who_left_is_no_longer_the_secretariat_s(rule, world):
    consortium, member, persons = world
    member.left_on, member.left_reason = TODAY, "搬迁"
    member.save()
    assert not verdict(rule, persons["secretary"], consortium, member)


def test_merging_where_another_consortium_is_concerned_is_the_operator_s(world):
    _consortium, member, persons = world
    shared = make_unit(UnitKind.SECONDARY)
    make_member(make_consortium(), shared)
    assert "系统管理员" in rules.may_merge(persons["secretary"], member.unit, shared).reason
    assert rules.may_merge(persons["operator"], member.unit, shared)


@pytest.mark.parametrize("how", ["same", "kind", "merged", "office"])
def test_what_cannot_be_merged(how, world):
    consortium, member, persons = world
    other = make_unit(UnitKind.SECONDARY)
    if how == "same":
        other = member.unit
    elif how == "kind":
        other = make_unit(UnitKind.ENTERPRISE)
    elif how == "merged":
        other.merged_into = make_unit()
        other.save()
    else:
        other = consortium.secretariat
    assert not rules.may_merge(persons["operator"], member.unit, other)


# Visibility ---------------------------------------------------------------------------------


def test_members_seen(world):
    consortium, _member, persons = world
    past = make_member(consortium, left_on=TODAY, left_reason="注销")
    seen = {name: set(queries.visible_to(actor)) for name, actor in persons.items()}
    here = set(consortium.memberships.all())
    everywhere = here | set(queries.visible_to(persons["outsider"]))
    assert seen["secretary"] == here
    assert seen["administrator"] == seen["staff"] == seen["fellow"] == here - {past}
    assert seen["operator"] == everywhere
    assert not here & (seen["other_secretary"] | seen["outsider"])
    assert not seen["stranger"] | seen["security"] | seen["auditor"]
    assert not queries.visible_to(None)


def test_who_left_sees_itself_and_nobody_else(world):
    _consortium, member, persons = world
    member.left_on, member.left_reason = TODAY, "搬迁"
    member.save()
    assert list(queries.visible_to(persons["administrator"])) == [member]
    assert not queries.consortia_visible_to(persons["administrator"])


def test_contacts_seen(world):
    _consortium, member, persons = world
    Contact.objects.create(membership=member, name="王五", phone="13800000000")
    seen = {n for n, actor in persons.items() if queries.contacts_visible_to(actor).exists()}
    assert seen == {"secretary", "administrator", "staff"}
    assert not queries.contacts_visible_to(None)


def test_appointments_seen(world):
    _consortium, member, persons = world
    theirs = set(member.unit.appointments.all())
    seen = {
        name
        for name, actor in persons.items()
        if theirs & set(queries.appointments_visible_to(actor))
    }
    assert seen == {"secretary", "administrator", "staff"}


def test_consortia_seen(world):
    consortium, _member, persons = world
    seen = {n for n, a in persons.items() if consortium in queries.consortia_visible_to(a)}
    assert seen == {"secretary", "administrator", "staff", "fellow", "operator"}
    assert list(queries.consortia_served(persons["secretary"])) == [consortium]
    assert not queries.consortia_served(persons["administrator"])


def test_merges_seen(world):
    _consortium, member, persons = world
    UnitMerge.objects.create(
        kept=member.unit, duplicate=make_unit(), reason="重复", merged_by=make_user(), merged_at=AT
    )
    seen = {n for n, a in persons.items() if queries.merges_visible_to(a).exists()}
    assert seen == {"secretary", "operator"}


def test_a_member_from_a_later_day_is_not_yet_stewarded(world):
    _consortium, member, persons = world
    assert not rules.may_steward(
        persons["secretary"], member.unit, on=JOINED.replace(day=1, month=2)
    )
