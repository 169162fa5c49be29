"""How complete and how punctual each member's year is, counted from what it handed in."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import F, Q, Sum

from chanjiao.council.enums import DeliveryState
from chanjiao.council.models import Commitment
from chanjiao.indicators.enums import ReturnState
from chanjiao.indicators.models import MemberReturn, Period
from chanjiao.indicators.queries import units_of
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import Quarter
from chanjiao.needs.enums import ListingState
from chanjiao.needs.kinds import KINDS
from chanjiao.people.enums import SCHOOLS, UnitKind
from chanjiao.people.models import Unit
from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.models import Evidence

_LISTING = frozenset({UnitKind.ENTERPRISE, *SCHOOLS})


@dataclass(slots=True)
class Standing:
    """Of one member: what was due by a day, what of it is there, what of it came in time."""

    unit: Unit
    quarters: int = 0
    quarters_due: int = 0
    evidence: int = 0
    evidence_in_time: int = 0
    evidence_due: int = 0
    deliveries: int = 0
    deliveries_in_time: int = 0
    deliveries_due: int = 0
    row: MemberReturn | None = None
    returned: int = 0
    returned_in_time: int = 0
    return_due: int = 0
    missing: list[str] = field(default_factory=list)

    @property
    def due(self) -> int:
        return self.quarters_due + self.evidence_due + self.deliveries_due + self.return_due

    @property
    def complete(self) -> int | None:
        """% of what was due that is there; None where nothing was due."""
        there = self.quarters + self.evidence + self.deliveries + self.returned
        return there * 100 // self.due if self.due else None

    @property
    def punctual(self) -> int | None:
        """% of what was due that came in time. Lists have a quarter to come in."""
        came = (
            self.quarters + self.evidence_in_time + self.deliveries_in_time + self.returned_in_time
        )
        return came * 100 // self.due if self.due else None


def completeness_of(period: Period, *, on: date) -> list[Standing]:
    """Every member of the period's last day, the least complete first. A fixed number of queries."""
    found = {unit.pk: Standing(unit) for unit in units_of(period)}
    _lists(period, found, on)
    _evidence(period, found, on)
    _deliveries(period, found, on)
    _returns(period, found, on)
    for one in found.values():
        one.missing = list(_missing(one))
    return sorted(found.values(), key=lambda s: (s.complete if s.due else 101, s.unit.name))


def quarters_over(period: Period, on: date) -> list[str]:
    """The period's quarters whose last day has passed."""
    quarter, names = Quarter.of(period.since), []
    while quarter.last_day < min(on, period.until):
        names.append(str(quarter))
        quarter = quarter.next()
    return names


def _lists(period: Period, found: dict[int, Standing], on: date) -> None:
    over = quarters_over(period, on)
    heard: dict[int, set[str]] = defaultdict(set)
    for kind in KINDS:
        rows = kind.model._default_manager.filter(
            consortium=period.consortium_id, quarter__in=over
        ).exclude(state=ListingState.DRAFT)
        for unit, quarter in (
            rows.order_by("unit", "quarter").values_list("unit", "quarter").distinct()
        ):
            heard[unit].add(quarter)
    for pk, one in found.items():
        if one.unit.kind in _LISTING:
            one.quarters, one.quarters_due = len(heard[pk]), len(over)


def _evidence(period: Period, found: dict[int, Standing], on: date) -> None:
    rows = Evidence.objects.filter(
        plan__consortium=period.consortium_id, plan__year=period.year, due_on__lt=on,
        asked_at__isnull=False,
    ).exclude(state__in=[EvidenceState.WITHDRAWN, EvidenceState.NOT_NEEDED])  # fmt: skip
    for unit, due, first in rows.order_by("pk").values_list("unit", "due_on", "first_submitted_at"):
        if one := found.get(unit):
            one.evidence_due += 1
            one.evidence += first is not None
            one.evidence_in_time += bool(first and due and day_of(first) <= due)


def _deliveries(period: Period, found: dict[int, Standing], on: date) -> None:
    confirmed = Q(deliveries__state=DeliveryState.CONFIRMED)
    rows = Commitment.objects.filter(
        consortium=period.consortium_id, due_on__gte=period.since,
        due_on__lt=min(on, period.until),
    ).annotate(
        got=Sum("deliveries__quantity", filter=confirmed),
        in_time=Sum(
            "deliveries__quantity", filter=confirmed & Q(deliveries__delivered_on__lte=F("due_on"))
        ),
    )  # fmt: skip
    nothing = Decimal(0)
    for unit, promised, got, in_time in rows.order_by("pk").values_list(
        "unit", "promised", "got", "in_time"
    ):
        if one := found.get(unit):
            one.deliveries_due += 1
            one.deliveries += (got or nothing) >= promised
            one.deliveries_in_time += (in_time or nothing) >= promised


def _returns(period: Period, found: dict[int, Standing], on: date) -> None:
    late = period.return_due_on
    for row in MemberReturn.objects.filter(period=period).select_related("unit").order_by("pk"):
        one = found.get(row.unit_id)
        if one is None:
            continue
        first = row.first_submitted_at
        given = row.state in {ReturnState.SUBMITTED, ReturnState.ACCEPTED}
        one.row, one.returned = row, int(given)
        one.return_due = 1
        one.returned_in_time = int(
            given and first is not None and (late is None or day_of(first) <= late)
        )


def _missing(one: Standing) -> Iterable[str]:
    if one.quarters < one.quarters_due:
        yield f"清单缺 {one.quarters_due - one.quarters} 个季度"
    if one.evidence < one.evidence_due:
        yield f"佐证缺 {one.evidence_due - one.evidence} 份"
    if one.deliveries < one.deliveries_due:
        yield f"承诺未兑现 {one.deliveries_due - one.deliveries} 项"
    if one.returned < one.return_due:
        yield "年报未提交"


def average(rows: Iterable[Standing]) -> tuple[int | None, int | None]:
    """Complete and punctual of all members together, by what was due."""
    totals: Counter[str] = Counter()
    for one in rows:
        totals["due"] += one.due
        totals["there"] += one.quarters + one.evidence + one.deliveries + one.returned
        totals["came"] += (
            one.quarters + one.evidence_in_time + one.deliveries_in_time + one.returned_in_time
        )
    if not totals["due"]:
        return None, None
    return totals["there"] * 100 // totals["due"], totals["came"] * 100 // totals["due"]
