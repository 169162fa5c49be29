"""The engine, asked about a period: live values, frozen values, and the rows behind a number."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from django.db import transaction
from django.db.models import Q

from chanjiao.indicators.bridge import Facts, facts_of
from chanjiao.indicators.digests import facts_digest
from chanjiao.indicators.enums import LIVE
from chanjiao.indicators.models import Figures, Period, Snapshot, TypedValue
from chanjiao.indicators.queries import approved_values, snapshot_of
from chanjiao.indicators.values import as_json, from_json
from chanjiao.trail.models import Entry
from chanjiao_engine.indicators import definitions
from chanjiao_engine.indicators.compute import compute
from chanjiao_engine.indicators.definitions import IndicatorSet
from chanjiao_engine.indicators.outcomes import Outcome, Typed
from chanjiao_engine.indicators.text import parse_set

# What is written to the trail without any fact being another.
_NO_FACTS = ("job.", "account.", "file.", "invitation.", "sheets.upload", "sheets.check")


@lru_cache(maxsize=32)
def set_of_text(text: str) -> IndicatorSet:
    """A stored set; its text was checked when it was stored."""
    return parse_set(text)


def set_of(period: Period) -> IndicatorSet:
    """The set a period uses."""
    return set_of_text(period.set_version.text)


def span_of(period: Period) -> definitions.Period:
    """The period as the engine knows it."""
    return definitions.Period(period.since, period.until)


def typed_of(period: Period) -> tuple[Typed, ...]:
    """The approved values, in the order of their codes."""
    return tuple(
        Typed(
            code=row.code,
            value=row.value,
            reason=row.reason,
            evidence=tuple(row.evidence),
            entered_by=row.entered_by.name,
            approved_by=_approver(row),
            groups=tuple((label, Decimal(number)) for label, number in row.groups),
        )
        for row in approved_values(period).values()
    )


def _approver(row: TypedValue) -> str:
    """The approver's name; with the login name where two people bear the same."""
    by = row.decided_by
    if by is None:
        return ""
    return f"{by.name}（{by.username}）" if by.name == row.entered_by.name else by.name


@dataclass(frozen=True, slots=True)
class Standing:
    """A period's values as they are shown: live (with how fresh they are) or frozen.

    `behind` is how many changes the trail has seen since; None for frozen values.
    """

    found: IndicatorSet
    outcomes: dict[str, Outcome]
    at: datetime | None
    milliseconds: int
    behind: int | None
    snapshot: Snapshot | None = None

    @property
    def is_frozen(self) -> bool:
        return self.snapshot is not None


def standing_of(period: Period) -> Standing:
    """Frozen once locked; else the last computing, which may be missing (`at` is None)."""
    if period.state not in LIVE:
        frozen = snapshot_of(period)
        if frozen is not None:
            return frozen_standing(frozen)
    figures = Figures.objects.filter(period=period).first()
    found = set_of(period)
    if figures is None or figures.set_digest != period.set_version.digest:
        return Standing(found, {}, None, 0, None)
    return Standing(
        found, from_json(figures.outcomes), figures.computed_at, figures.milliseconds,
        changes_since(figures.trail_sequence),
    )  # fmt: skip


def frozen_standing(snapshot: Snapshot) -> Standing:
    """An edition as it was locked."""
    found = set_of_text(snapshot.set_text)
    return Standing(found, from_json(snapshot.outcomes), snapshot.locked_at, 0, None, snapshot)


def changes_since(sequence: int) -> int:
    """How many entries that may have changed a fact the trail holds after one."""
    idle = Q()
    for prefix in _NO_FACTS:
        idle |= Q(action__startswith=prefix)
    return Entry.objects.filter(sequence__gt=sequence).exclude(idle).count()


def trail_end() -> int:
    """The trail's last number."""
    last = Entry.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    return last or 0


def computed(period: Period, facts: Facts, typed: Iterable[Typed]) -> dict[str, Outcome]:
    """Every indicator's outcome over these facts."""
    return compute(set_of(period), facts, span_of(period), typed)


def refresh_figures(period: Period, *, at: datetime) -> Figures:
    """Compute a live period anew and keep the result; the facts are only read."""
    began = time.monotonic()
    end = trail_end()
    facts = facts_of(period)
    outcomes = computed(period, facts, typed_of(period))
    values = {
        "outcomes": as_json(outcomes.values()),
        "facts_digest": facts_digest(facts),
        "set_digest": period.set_version.digest,
        "row_counts": {name: table.num_rows for name, table in facts.items()},
        "trail_sequence": end,
        "computed_at": at,
        "milliseconds": round((time.monotonic() - began) * 1000),
    }
    with transaction.atomic():
        figures, _ = Figures.objects.update_or_create(period=period, defaults=values)
    return figures
