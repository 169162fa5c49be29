"""How many a unit may take: the legal share of its staff, less who is there already, and own caps."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from chanjiao.matching.enums import QuotaScope, RoundState, RunState
from chanjiao.matching.models import Match, Quota, Round, RoundPost
from chanjiao.people.models import Unit

Period = tuple[date, date]


@dataclass(frozen=True)
class Cap:
    """A quota of a unit, or of a kind of post in it (`occupation_code` not empty).

    `legal` is floor(staff × percent), `placed` the interns already there from other published
    rounds whose time overlaps, `own` the secretariat's own cap; None where there is none.
    """

    unit: Unit
    occupation_code: str
    staff: int | None
    percent: int | None
    legal: int | None
    placed: int
    own: int | None

    @property
    def scope(self) -> QuotaScope:
        return QuotaScope.KIND if self.occupation_code else QuotaScope.UNIT

    @property
    def capacity(self) -> int:
        """What is left for this round, never below 0."""
        left = [] if self.legal is None else [self.legal - self.placed]
        left += [] if self.own is None else [self.own]
        return max(0, min(left))


def caps_of(round_: Round, posts: Iterable[RoundPost]) -> list[Cap]:
    """Every cap by unit and by kind of post that binds in this round; two queries."""
    posts = list(posts)
    units = {row.post.unit_id: row.post.unit for row in posts}
    unit_own, kind_own = _own(round_)
    placed = _Placed(round_, posts)
    caps = [
        _unit_cap(round_, unit, placed.in_unit(pk), unit_own.get(pk)) for pk, unit in units.items()
    ]
    for (pk, code), staff in _kind_staff(posts).items():
        legal = share(staff, round_.kind_percent)
        caps.append(
            Cap(
                units[pk], code, staff, round_.kind_percent, legal, placed.in_kind(pk, code),
                kind_own.get((pk, code)),
            )
        )  # fmt: skip
    return [cap for cap in caps if cap.legal is not None or cap.own is not None]


def _unit_cap(round_: Round, unit: Unit, placed: int, own: int | None) -> Cap:
    """A unit that has not stated its staff may take nobody where the law counts them."""
    legal = share(unit.staff_count or 0, round_.unit_percent)
    return Cap(unit, "", unit.staff_count, round_.unit_percent, legal, placed, own)


def share(staff: int, percent: int | None) -> int | None:
    """floor(staff × percent / 100); None without a percent."""
    return None if percent is None else staff * percent // 100


def _kind_staff(posts: list[RoundPost]) -> dict[tuple[int, str], int]:
    """Staff in the same kind of post; where a unit's posts disagree the smallest figure counts."""
    staff: dict[tuple[int, str], int] = {}
    for row in posts:
        key = row.post.unit_id, row.post.occupation_code
        staff[key] = min(staff.get(key, row.post.same_post_staff), row.post.same_post_staff)
    return staff


def _own(round_: Round) -> tuple[dict[int, int], dict[tuple[int, str], int]]:
    by_unit: dict[int, int] = {}
    by_kind: dict[tuple[int, str], int] = {}
    for row in Quota.objects.filter(round=round_, unit__isnull=False):
        assert row.unit_id is not None  # filtered above
        if row.scope == QuotaScope.UNIT:
            by_unit[row.unit_id] = row.capacity
        else:
            by_kind[row.unit_id, row.occupation_code] = row.capacity
    return by_unit, by_kind


class _Placed:
    """Interns whom other published rounds of this kind sent to the same units at the same time."""

    def __init__(self, round_: Round, posts: list[RoundPost]) -> None:
        periods = _periods(posts)
        rows = Match.objects.filter(
            run__state=RunState.ACCEPTED,
            run__round__state=RoundState.PUBLISHED,
            round_post__post__unit__in=list(periods),
            round_post__post__kind=round_.kind,
        ).exclude(run__round=round_)
        self._kinds: Counter[tuple[int, str]] = Counter()
        for unit, code, starts, ends in rows.order_by().values_list(
            "round_post__post__unit", "round_post__post__occupation_code",
            "round_post__post__starts_on", "round_post__post__ends_on",
        ):  # fmt: skip
            if starts < periods[unit][1] and ends > periods[unit][0]:
                self._kinds[unit, code] += 1

    def in_unit(self, unit: int) -> int:
        return sum(count for (pk, _), count in self._kinds.items() if pk == unit)

    def in_kind(self, unit: int, code: str) -> int:
        return self._kinds[unit, code]


def _periods(posts: list[RoundPost]) -> dict[int, Period]:
    """From the first day to the last of each unit's posts in the round."""
    found: dict[int, Period] = {}
    for row in posts:
        first, last = found.get(row.post.unit_id, (row.post.starts_on, row.post.ends_on))
        found[row.post.unit_id] = min(first, row.post.starts_on), max(last, row.post.ends_on)
    return found
