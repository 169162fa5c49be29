"""Writing the commitments ledger: promised, delivered, confirmed, handed back."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from chanjiao.council import rules
from chanjiao.council.enums import DeliveryState
from chanjiao.council.models import Commitment, Delivery
from chanjiao.council.papers import Upload, stored
from chanjiao.council.writing import need, save
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, require
from chanjiao.members.models import Consortium, Membership
from chanjiao.members.queries import member_on
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.people.models import Unit
from chanjiao.people.queries import people_of
from chanjiao.trail.actions import record


@dataclass(frozen=True, slots=True)
class CommitmentFacts:
    """What a member promises; money and equipment in 分."""

    kind: str
    title: str
    promised: Decimal
    promised_on: date
    due_on: date | None = None
    source: str = ""


def add_commitment(
    consortium: Consortium, unit: Unit, facts: CommitmentFacts, *, by: Actor, at: datetime
) -> Commitment:
    """A promise of a member, entered by the secretariat."""
    with transaction.atomic():
        locked = Consortium.objects.select_for_update(of=("self",)).get(pk=consortium.pk)
        require(rules.may_serve(by, locked))
        ours = Membership.objects.filter(member_on(day_of(at)), consortium=locked, unit=unit)
        if not ours.exists():
            raise Invalid({"unit": [f"“{unit.name}”不是本联合体的在任成员。"]})
        row = Commitment(
            consortium=locked, unit=unit, number=_next_number(locked, facts.promised_on.year),
            **asdict(facts),
        )  # fmt: skip
        check_row(row)
        row.save(force_insert=True)
        record("council.add_commitment", row, by=by, at=at, data=_plain(row))
    return row


def change_commitment(
    row: Commitment, facts: CommitmentFacts, *, revision: int, by: Actor, at: datetime
) -> Commitment:
    """Correct a promise; the kind stays once something was delivered of it."""
    with transaction.atomic():
        held = Commitment.objects.select_for_update(of=("self",)).select_related("consortium")
        found = held.get(pk=row.pk)
        require(rules.may_change_commitment(by, found))
        need(found, revision)
        if facts.kind != found.kind and found.deliveries.exists():
            raise Invalid({"kind": ["已有兑现登记，不能改变种类。"]})
        before = _plain(found)
        for name, value in asdict(facts).items():
            setattr(found, name, value)
        save(found)
        data = {"before": before, "after": _plain(found)}
        record("council.change_commitment", found, by=by, at=at, data=data)
    return found


def record_delivery(
    commitment: Commitment, *, quantity: Decimal, delivered_on: date, note: str = "",
    file: Upload | None = None, by: Actor, at: datetime,
) -> Delivery:  # fmt: skip
    """Something was delivered; the secretariat confirms it before it counts."""
    with transaction.atomic():
        rows = Commitment.objects.select_for_update(of=("self",))
        held = rows.select_related("consortium__secretariat", "unit").get(pk=commitment.pk)
        require(rules.may_deliver(by, held))
        row = Delivery(
            commitment=held, quantity=quantity, delivered_on=delivered_on, note=note.strip(),
            by=by.user, at=at,
        )  # fmt: skip
        _check_day(row, on=day_of(at))
        row.file = stored(file, by=by, at=at)
        check_row(row)
        row.save(force_insert=True)
        _tell_office(row, at=at)
        data = {"commitment": held.number, "quantity": str(quantity), "on": str(delivered_on)}
        record("council.record_delivery", row, by=by, at=at, data=data)
    return row


def mend_delivery(
    row: Delivery, *, quantity: Decimal, delivered_on: date, note: str = "",
    file: Upload | None = None, revision: int, by: Actor, at: datetime,
) -> Delivery:  # fmt: skip
    """What was handed back, put right; it waits for confirmation again."""
    with transaction.atomic():
        held = _delivery(row)
        require(rules.may_mend_delivery(by, held))
        need(held, revision)
        before = {"quantity": str(held.quantity), "on": str(held.delivered_on)}
        held.quantity, held.delivered_on, held.note = quantity, delivered_on, note.strip()
        _check_day(held, on=day_of(at))
        held.file = stored(file, by=by, at=at) or held.file
        held.state, held.returned_reason = DeliveryState.RECORDED, ""
        save(held)
        _tell_office(held, at=at)
        record("council.mend_delivery", held, by=by, at=at, data={"before": before})
    return held


def confirm_delivery(row: Delivery, *, by: Actor, at: datetime) -> Delivery:
    """It counts from now on."""
    with transaction.atomic():
        held = _delivery(row)
        require(rules.may_confirm_delivery(by, held))
        held.state = DeliveryState.CONFIRMED
        save(held)
        record("council.confirm_delivery", held, by=by, at=at)
    return held


def return_delivery(row: Delivery, *, reason: str, by: Actor, at: datetime) -> Delivery:
    """Back to the member with the reason; it does not count."""
    with transaction.atomic():
        held = _delivery(row)
        require(rules.may_return_delivery(by, held))
        if not reason.strip():
            raise Invalid({"reason": ["请写明退回原因。"]})
        held.state, held.returned_reason = DeliveryState.RETURNED, reason.strip()[:200]
        save(held)
        text = f"兑现登记被退回：{held.commitment.title}（{held.returned_reason}）"
        link = f"/member/council/commitments/{held.commitment_id}/"
        tell(people_of(held.commitment.unit, day_of(at)), text, at=at, link=link)
        record("council.return_delivery", held, by=by, at=at, reason=held.returned_reason)
    return held


def _next_number(consortium: Consortium, year: int) -> str:
    """CN-2026-001: the consortium's row is locked, so no number is given twice."""
    stem = f"CN-{year}-"
    rows = Commitment.objects.filter(consortium=consortium, number__startswith=stem)
    last = max(
        (int(n.rsplit("-", 1)[1]) for n in rows.order_by("pk").values_list("number", flat=True)),
        default=0,
    )
    return f"{stem}{last + 1:03}"


def _check_day(row: Delivery, *, on: date) -> None:
    if row.delivered_on > on:
        raise Invalid({"delivered_on": ["兑现日期不能晚于今天。"]})
    if row.delivered_on < row.commitment.promised_on:
        raise Invalid({"delivered_on": ["兑现日期不能早于承诺日期。"]})


def _tell_office(row: Delivery, *, at: datetime) -> None:
    commitment = row.commitment
    text = f"{commitment.unit.called}登记了兑现：{commitment.title}，请确认。"
    link = f"/desk/council/commitments/{commitment.pk}/"
    tell(people_of(commitment.consortium.secretariat, day_of(at)), text, at=at, link=link)


def _delivery(row: Delivery) -> Delivery:
    rows = Delivery.objects.select_for_update(of=("self",))
    related = rows.select_related("commitment__consortium__secretariat", "commitment__unit", "file")
    return related.get(pk=row.pk)


def _plain(row: Commitment) -> dict[str, str]:
    names = ("kind", "title", "promised", "promised_on", "due_on", "source")
    return {name: str(getattr(row, name) or "") for name in names}
