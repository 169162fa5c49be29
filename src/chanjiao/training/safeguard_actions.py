"""Writing insurance, safety and pay; each for many students at once where that is how it comes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from chanjiao.council.papers import Upload, stored
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record
from chanjiao.training import safeguard_rules as rules
from chanjiao.training.models import Insurance, PayProof, Placement, SafetyRecord, Stint
from chanjiao.training.placement_rows import held_many


@dataclass(frozen=True, slots=True)
class Policy:
    """An insurance policy over [starts_on, ends_on)."""

    insurer: str
    policy: str
    starts_on: date
    ends_on: date
    paid_by_student: bool = False


def insure(
    placements: Iterable[Placement], policy: Policy, *, by: Actor, at: datetime
) -> list[Insurance]:
    """One policy for many students; those who have it already keep it as it is."""
    with transaction.atomic():
        made = []
        for placement in held_many(placements):
            require(rules.may_insure(by, placement))
            known = placement.insurances.filter(
                policy=policy.policy.strip(), starts_on=policy.starts_on
            )
            if known.exists():
                continue
            row = Insurance(
                placement=placement, insurer=policy.insurer.strip(), policy=policy.policy.strip(),
                starts_on=policy.starts_on, ends_on=policy.ends_on,
                paid_by_student=policy.paid_by_student, recorded_at=at,
            )  # fmt: skip
            check_row(row)
            row.save(force_insert=True)
            record("training.insure", row, by=by, at=at, data={"placement": placement.pk})
            made.append(row)
    return made


def remove_insurance(insurance: Insurance, *, reason: str, by: Actor, at: datetime) -> None:
    """A policy entered by mistake, or cancelled; the gate judges without it from now on."""
    with transaction.atomic():
        (placement,) = held_many([insurance.placement])
        require(rules.may_insure(by, placement))
        row = Insurance.objects.filter(pk=insurance.pk).first()
        if row is None:
            raise Conflict("这份保单已被删除。")
        data = {"policy": row.policy, "from": str(row.starts_on), "to": str(row.ends_on)}
        record("training.remove_insurance", placement, by=by, at=at, reason=reason, data=data)
        row.delete()


@dataclass(frozen=True, slots=True)
class SafetyFacts:
    """A training held, or a test taken; `score` only for a test."""

    kind: str
    day: date
    minutes: int = 0
    score: int | None = None
    passed: bool = True


def record_safety(
    placements: Iterable[Placement], facts: SafetyFacts, *, host: Unit | None = None, by: Actor,
    at: datetime,
) -> list[SafetyRecord]:  # fmt: skip
    """Many students at once; the same kind on the same day again is corrected, not doubled."""
    with transaction.atomic():
        rows = []
        for placement in held_many(placements):
            require(rules.may_record_safety(by, placement))
            row = placement.safety.filter(kind=facts.kind, day=facts.day).first()
            row = row or SafetyRecord(placement=placement, kind=facts.kind, day=facts.day)
            row.host, row.minutes, row.recorded_at = host, facts.minutes, at
            row.score, row.passed = facts.score, facts.passed
            check_row(row)
            row.save()
            data = {
                "placement": placement.pk, "kind": facts.kind, "day": str(facts.day),
                "passed": facts.passed, "score": facts.score,
            }  # fmt: skip
            record("training.record_safety", row, by=by, at=at, data=data)
            rows.append(row)
    return rows


@dataclass(frozen=True, slots=True)
class PayFacts:
    """One month's pay of one stint; `month` is its first day."""

    month: date
    amount_fen: int
    way: str
    paid_on: date


def record_pay(
    stint: Stint, facts: PayFacts, *, proof: Upload | None = None, by: Actor, at: datetime
) -> PayProof:
    """Enter or correct a month's pay; what the student had said of it is asked again."""
    with transaction.atomic():
        held = Stint.objects.select_for_update(of=("self",))
        row_of = held.select_related("placement__student__user").get(pk=stint.pk)
        require(rules.may_record_pay(by, row_of))
        month = facts.month.replace(day=1)
        if not worked_in(row_of, month):
            told = f"这段实习是 {row_of.starts_on} 至 {row_of.ends_on}，不含 {month:%Y-%m}。"
            raise Invalid({"month": [told]})
        row = PayProof.objects.filter(stint=row_of, month=month).first()
        row = row or PayProof(placement=row_of.placement, stint=row_of, month=month, revision=0)
        row.amount_fen, row.way, row.paid_on = facts.amount_fen, facts.way, facts.paid_on
        row.proof = stored(proof, by=by, at=at) or row.proof
        row.confirmed_at, row.objection, row.recorded_at = None, "", at
        row.revision += 1
        check_row(row)
        row.save()
        data = {"stint": row_of.pk, "month": str(month), "fen": row.amount_fen, "way": row.way}
        record("training.record_pay", row, by=by, at=at, data=data)
        user = row_of.placement.student.user
        if user is not None:
            text = f"{month:%Y-%m} 的实习报酬已登记，请确认是否收到。"
            tell([user], text, at=at, link="/student/pay/")
    return row


def following(month: date) -> date:
    """The first day of the next month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def worked_in(stint: Stint, month: date) -> bool:
    """Whether a day of the stint is in the month that begins on a day."""
    return stint.starts_on < following(month) and stint.ends_on > month


def answer_pay(
    proof: PayProof, *, objection: str, revision: int, by: Actor, at: datetime
) -> PayProof:
    """The student confirms (no objection) or objects; the school sees it at once."""
    with transaction.atomic():
        rows = PayProof.objects.select_for_update(of=("self",))
        row = rows.select_related("placement__student", "placement__school", "stint__host").get(
            pk=proof.pk
        )
        require(rules.may_answer_pay(by, row))
        if row.revision != revision:
            raise Conflict("单位刚刚更正了这个月的报酬，请核对最新金额。")
        row.objection = objection.strip()
        row.confirmed_at = None if row.objection else at
        row.revision += 1
        check_row(row)
        row.save()
        record("training.answer_pay", row, by=by, at=at, reason=row.objection)
        if row.objection:
            text = (
                f"{row.placement.student.name} 对 {row.month:%Y-%m} 的报酬提出异议：{row.objection}"
            )
            on = day_of(at)
            tell(people_of(row.placement.school, on), text, at=at, link="/member/pay/")
            tell(people_of(row.stint.host, on), text, at=at, link=f"/member/hosted/{row.stint_id}/")
    return row
