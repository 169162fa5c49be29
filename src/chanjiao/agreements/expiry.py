"""Telling people that agreements end: once each at sixty, thirty and seven days before."""

from datetime import date, datetime

from django.db import transaction

from chanjiao.agreements.models import Agreement
from chanjiao.agreements.people import tell_drafters, tell_parties
from chanjiao.agreements.queries import expiring, parties_of
from chanjiao.kernel.clock import day_of
from chanjiao.trail.actions import record
from chanjiao.trail.models import Entry

WORD = "agreements.tell_expiring"
_STEPS = (7, 30, 60)


def tell_expiring(*, at: datetime) -> int:
    """Run every day by the machine's scheduler; a day left out is made up for the next. How many."""
    on, told = day_of(at), 0
    rows = expiring(Agreement.objects.all(), on=on).select_related("kind", "unit", "consortium")
    for agreement in rows.order_by("ends_on", "pk"):
        with transaction.atomic():
            held = Agreement.objects.select_for_update(of=("self",)).select_related("unit")
            told += _tell(held.get(pk=agreement.pk), on, at=at)
    return told


def _tell(agreement: Agreement, on: date, *, at: datetime) -> bool:
    assert agreement.ends_on is not None  # expiring has an end
    left = (agreement.ends_on - on).days
    step = next((one for one in _STEPS if left <= one), _STEPS[-1])
    mark = {"step": step, "ends_on": agreement.ends_on.isoformat()}
    entries = Entry.objects.filter(
        action=WORD, subject=Agreement._meta.label_lower, subject_id=str(agreement.pk)
    )
    if any(entry.data == mark for entry in entries.order_by("sequence")):
        return False
    text = f"协议“{agreement.title}”（{agreement.number}）将于 {agreement.ends_on} 到期，还有 {left} 天。"
    tell_drafters(agreement, f"{text}需要续签的，请从协议页面起草。", at=at)
    others = [party for party in parties_of(agreement) if party.unit_id != agreement.unit_id]
    tell_parties(agreement, others, text, at=at)
    record(WORD, agreement, by=None, at=at, data=mark)
    return True
