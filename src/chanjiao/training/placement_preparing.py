"""What must be there before a student goes on post: tutor, declarations, papers, exceptions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chanjiao.agreements.models import Agreement
from chanjiao.council.papers import Upload, stored
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.trail.actions import record
from chanjiao.training import placement_rules as rules
from chanjiao.training.gate import party_that_may_waive
from chanjiao.training.mentors import check_mentor, lock_mentor
from chanjiao.training.models import Mentor, Override, Placement
from chanjiao.training.placement_rows import held, held_many, saved


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a school declares before the start; all four must be untrue for the gate to open."""

    intermediary: bool
    forced: bool
    fees_charged: bool
    papers_held: bool
    mental_assessed_on: date | None = None
    filed_on: date | None = None


def assign_tutor(
    placements: Iterable[Placement], tutor: Mentor, *, by: Actor, at: datetime
) -> list[Placement]:
    """One teacher for many students."""
    with transaction.atomic():
        rows = held_many(placements)
        for row in rows:
            require(rules.may_prepare(by, row))
            if tutor.unit_id != row.school_id:
                raise Invalid({"tutor": [f"“{tutor.name}”不是本校的指导教师。"]})
            fits = check_mentor(lock_mentor(tutor), (row.starts_on, row.ends_on), apart_from=row)
            if not fits:
                raise Invalid({"tutor": [fits.reason]})
            row.tutor = tutor
            saved(row)
            record("training.assign_tutor", row, by=by, at=at, data={"tutor": tutor.pk})
    return rows


def declare(
    placements: Iterable[Placement], declaration: Declaration, *, by: Actor, at: datetime
) -> list[Placement]:
    """The school's own check before the start, for many at once."""
    with transaction.atomic():
        rows = held_many(placements)
        for row in rows:
            require(rules.may_prepare(by, row))
            row.declared_on = day_of(at)
            row.intermediary, row.forced = declaration.intermediary, declaration.forced
            row.fees_charged, row.papers_held = declaration.fees_charged, declaration.papers_held
            row.mental_assessed_on = declaration.mental_assessed_on or row.mental_assessed_on
            row.filed_on = declaration.filed_on or row.filed_on
            saved(row)
            data = {
                "intermediary": row.intermediary, "forced": row.forced,
                "fees_charged": row.fees_charged, "papers_held": row.papers_held,
                "mental_assessed_on": str(row.mental_assessed_on or ""),
                "filed_on": str(row.filed_on or ""),
            }  # fmt: skip
            record("training.declare", row, by=by, at=at, data=data)
    return rows


def attach_papers(
    placement: Placement,
    *,
    agreement: Agreement | None = None,
    consent: Agreement | None = None,
    by: Actor,
    at: datetime,
) -> Placement:
    """The three-party agreement and the consent that this placement rests on."""
    with transaction.atomic():
        row = held(placement)
        require(rules.may_prepare(by, row))
        for paper in (agreement, consent):
            if paper is not None and paper.student_id != row.student_id:
                raise Invalid({"agreement": ["这份协议不是该学生的。"]})
        row.agreement, row.consent = agreement or row.agreement, consent or row.consent
        saved(row)
        data = {"agreement": row.agreement_id, "consent": row.consent_id}
        record("training.attach_papers", row, by=by, at=at, data=data)
    return row


def allow_exception(
    placement: Placement, rule: str, *, reason: str, proof: Upload, by: Actor, at: datetime
) -> Override:
    """Set a rule aside that the law lets somebody set aside, with that party's proof."""
    with transaction.atomic():
        row = held(placement)
        require(rules.may_override(by, row))
        approver = party_that_may_waive(row, rule, on=day_of(at))
        if not approver:
            raise Invalid({"rule": ["法规没有给这一条留例外，只能整改。"]})
        if not reason.strip():
            raise Invalid({"reason": ["请写明理由。"]})
        override = Override(
            placement=row, rule=rule, approver=approver, reason=reason.strip(),
            proof=stored(proof, by=by, at=at), by=by.user, at=at,
        )  # fmt: skip
        check_row(override)
        override.save(force_insert=True)
        data = {"placement": row.pk, "rule": rule, "approver": approver}
        record("training.allow_exception", override, by=by, at=at, reason=reason, data=data)
    return override


def withdraw_exception(override: Override, *, reason: str, by: Actor, at: datetime) -> Override:
    """The exception no longer stands; a placement already running stays as it was."""
    with transaction.atomic():
        row = Override.objects.select_for_update(of=("self",)).get(pk=override.pk)
        require(rules.may_override(by, held(override.placement)))
        if row.withdrawn_at is not None:
            raise Conflict("这条例外已经撤销。")
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        record("training.withdraw_exception", row, by=by, at=at, reason=reason)
    return row
