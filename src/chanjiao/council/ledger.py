"""The commitments ledger: promised against delivered, exact, by member, side and kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import DecimalField, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from chanjiao.council.enums import IN_FEN, UNITS, CommitmentKind, DeliveryState
from chanjiao.council.models import Commitment, Delivery
from chanjiao.kernel.money import yuan
from chanjiao.members.models import Consortium
from chanjiao.members.queries import side_of
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit

_EXACT: DecimalField[Decimal, Decimal] = DecimalField(max_digits=18, decimal_places=4)
_NONE = Value(Decimal(0), output_field=_EXACT)


def commitments_visible_to(actor: Actor | None) -> QuerySet[Commitment]:
    """One's own unit's; all of the consortium for its secretariat. `delivered` is what counts."""
    if actor is None:
        return Commitment.objects.none()
    rows = Commitment.objects.filter(
        Q(consortium__secretariat__in=actor.units) | Q(unit__in=actor.units)
    )
    return with_delivered(rows).select_related("unit", "consortium")


def with_delivered(rows: QuerySet[Commitment]) -> QuerySet[Commitment]:
    """Each with what was delivered and confirmed, and what still waits for confirmation."""

    def total(state: str) -> Coalesce:
        there = Q(deliveries__state=state)
        return Coalesce(Sum("deliveries__quantity", filter=there), _NONE, output_field=_EXACT)

    return rows.annotate(
        delivered=total(DeliveryState.CONFIRMED), waiting=total(DeliveryState.RECORDED)
    )


def behind(rows: QuerySet[Commitment], on: date) -> QuerySet[Commitment]:
    """Past their day and not delivered in full; `rows` have `delivered`."""
    return rows.filter(due_on__lt=on, delivered__lt=F("promised"))  # type: ignore[misc]


def deliveries_visible_to(actor: Actor | None) -> QuerySet[Delivery]:
    if actor is None:
        return Delivery.objects.none()
    rows = Delivery.objects.filter(
        Q(commitment__consortium__secretariat__in=actor.units) | Q(commitment__unit__in=actor.units)
    )
    return rows.select_related("commitment__unit", "commitment__consortium", "file", "by")


def deliveries_to_confirm(consortium: Consortium) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(commitment__consortium=consortium, state=DeliveryState.RECORDED)
    return rows.order_by("at", "pk")


def returned_to(unit: Unit, consortium: Consortium) -> QuerySet[Delivery]:
    """What the unit has to put right."""
    return Delivery.objects.filter(
        commitment__unit=unit, commitment__consortium=consortium, state=DeliveryState.RETURNED
    )


@dataclass(frozen=True, slots=True)
class Total:
    """Of one side and kind: exact sums in the kind's unit (分 for money and equipment)."""

    side: str
    kind: str
    promised: Decimal
    delivered: Decimal

    @property
    def label(self) -> str:
        return str(CommitmentKind(self.kind).label)

    @property
    def share(self) -> int:
        """Whole percent delivered, rounded down."""
        return int(self.delivered * 100 // self.promised) if self.promised else 0


def totals(rows: Iterable[Commitment]) -> list[Total]:
    """Sums by side and kind, in the order of sides and kinds."""
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for row in rows:
        pair = sums.setdefault((side_of(row.unit.kind), row.kind), [Decimal(0), Decimal(0)])
        pair[0] += row.promised
        pair[1] += row.delivered  # type: ignore[attr-defined]
    order = list(CommitmentKind)
    keys = sorted(
        sums, key=lambda key: ("政校企研".find(key[0]), order.index(CommitmentKind(key[1])))
    )
    return [Total(side, kind, *sums[side, kind]) for side, kind in keys]


def by_kind(found: Iterable[Total]) -> list[Total]:
    """The totals of all sides together."""
    sums: dict[str, list[Decimal]] = {}
    for one in found:
        pair = sums.setdefault(one.kind, [Decimal(0), Decimal(0)])
        pair[0] += one.promised
        pair[1] += one.delivered
    return [Total("", kind, *sums[kind]) for kind in CommitmentKind if kind in sums]


def said(kind: str, quantity: Decimal) -> str:
    """The quantity as people read it, with its unit."""
    if kind in IN_FEN:
        return f"{yuan(int(quantity))} 元"
    return f"{quantity.normalize():,f} {UNITS[kind]}"


def typed(kind: str, number: Decimal) -> Decimal:
    """What a person typed (元 for money) as it is kept; ValueError for finer than it can be."""
    kept = number * 100 if kind in IN_FEN else number
    if kind != CommitmentKind.HOURS and kept != kept.to_integral_value():
        raise ValueError("金额最多精确到分。" if kind in IN_FEN else "应为整数。")
    return kept


def shown(kind: str, quantity: Decimal) -> Decimal:
    """What is kept, as a person types it."""
    return quantity / 100 if kind in IN_FEN else quantity
