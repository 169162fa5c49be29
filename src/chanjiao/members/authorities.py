"""Registering an authority: its unit, its level, and the first person who acts for it."""

from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from chanjiao.kernel.verdict import ALLOWED, Invalid, Verdict, refuse, require
from chanjiao.members.enums import AuthorityLevel
from chanjiao.members.models import Authority
from chanjiao.people import actions as people
from chanjiao.people.access import Actor
from chanjiao.people.checks import UnitFacts, check_row, checked_facts
from chanjiao.people.enums import AppointmentRole, UnitKind
from chanjiao.people.models import Invitation, Unit
from chanjiao.people.queries import unit_with_credit_code
from chanjiao.people.rules import not_merged
from chanjiao.trail.actions import record
from chanjiao_engine.codes import CodeError, parse_division


class Appointed(NamedTuple):
    """A new authority, and the invitation of its first administrator with the secret of its link."""

    authority: Authority
    invitation: Invitation
    token: str


def may_register_authority(actor: Actor) -> Verdict:
    return ALLOWED if actor.is_operator else refuse("只有系统管理员可以登记主管部门。")


def may_invite_to_authority(actor: Actor, authority: Authority) -> Verdict:
    """The operator gives out the first link, and another where it was lost."""
    return may_register_authority(actor)


def visible_to(actor: Actor | None) -> QuerySet[Authority]:
    """Those a person acts for; all for the operator."""
    rows = Authority.objects.select_related("unit")
    if actor is None:
        return rows.none()
    return rows if actor.is_operator else rows.filter(unit__in=actor.units)


def register_authority(
    facts: UnitFacts, *, level: str, division_code: str, person: str, email: str, by: Actor,
    at: datetime,
) -> Appointed:  # fmt: skip
    """A known credit code finds the unit as it stands; else the unit is registered."""
    require(may_register_authority(by))
    _check(facts, level, division_code)
    with transaction.atomic():
        known = unit_with_credit_code(checked_facts(facts).credit_code)
        unit = known or people.create_unit(facts, by=by, at=at, verdict=ALLOWED)
        unit = Unit.objects.select_for_update().get(pk=unit.pk)
        require(not_merged(unit))
        _need_government(unit)
        authority = Authority(unit=unit, level=level, division_code=division_code, created_at=at)
        check_row(authority)
        authority.save(force_insert=True)
        invitation, token = _invite(authority, person, email, by=by, at=at)
        data = {"unit": unit.pk, "name": unit.name, "level": level}
        record("authority.register", authority, by=by, at=at, data=data)
    return Appointed(authority, invitation, token)


def invite_to_authority(
    authority: Authority, *, person: str, email: str, by: Actor, at: datetime
) -> Appointed:
    """Another administrator, when the first link was lost or the person has left."""
    require(may_invite_to_authority(by, authority))
    with transaction.atomic():
        invitation, token = _invite(authority, person, email, by=by, at=at)
        record("authority.invite", authority, by=by, at=at, data={"name": person})
    return Appointed(authority, invitation, token)


def _invite(
    authority: Authority, person: str, email: str, *, by: Actor, at: datetime
) -> tuple[Invitation, str]:
    return people.invite(
        authority.unit, name=person, email=email, role=AppointmentRole.ADMINISTRATOR, by=by, at=at,
        verdict=ALLOWED,
    )  # fmt: skip


def _check(facts: UnitFacts, level: str, division_code: str) -> None:
    problems: dict[str, list[str]] = {}
    if level not in AuthorityLevel.values:
        problems["level"] = ["请选择级别。"]
    if facts.kind != UnitKind.GOVERNMENT:
        problems["kind"] = ["主管部门应是政府部门。"]
    try:
        parse_division(division_code)
    except CodeError as error:
        problems["division_code"] = [f"{error.message}。"]
    if problems:
        raise Invalid(problems)


def _need_government(unit: Unit) -> None:
    if unit.kind != UnitKind.GOVERNMENT:
        raise Invalid({"credit_code": [f"这个代码是“{unit.name}”的，不是政府部门。"]})
