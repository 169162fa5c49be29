"""Shares of a joint plan, computed from its items and never claimed. Pure: minutes in, shares out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from chanjiao.training.enums import ENTERPRISE_SITES, Site, Teacher


class Hours(NamedTuple):
    """Minutes of a plan that have the same place, teacher and marks."""

    minutes: int
    site: str
    teacher: str
    is_core: bool
    is_real_project: bool


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `whole`, both in minutes (or both in people). Exact: text is rounded, this is not."""

    part: int
    whole: int

    @property
    def tenths(self) -> int | None:
        """Tenths of a percent, half up; None of nothing."""
        return (2000 * self.part + self.whole) // (2 * self.whole) if self.whole else None

    @property
    def text(self) -> str:
        """33.3%; a dash of nothing."""
        found = self.tenths
        return "—" if found is None else f"{found // 10}.{found % 10}%"


@dataclass(frozen=True, slots=True)
class Shares:
    """What a plan, or several together, come to."""

    by_site: tuple[tuple[Site, Share], ...]
    by_teacher: tuple[tuple[Teacher, Share], ...]
    enterprise: Share
    enterprise_taught: Share
    real_in_core: Share

    @property
    def minutes(self) -> int:
        return self.enterprise.whole


def shares_of(hours: Iterable[Hours]) -> Shares:
    """Enterprise-site share of all hours (校中厂, 厂中校, 企业现场); real projects in core courses."""
    rows = list(hours)
    total = sum(row.minutes for row in rows)
    sites = {site: sum(r.minutes for r in rows if r.site == site) for site in Site}
    taught = {who: sum(r.minutes for r in rows if r.teacher == who) for who in Teacher}
    core = [row for row in rows if row.is_core]
    return Shares(
        by_site=tuple((site, Share(part, total)) for site, part in sites.items()),
        by_teacher=tuple((who, Share(part, total)) for who, part in taught.items()),
        enterprise=Share(sum(sites[site] for site in Site if site in ENTERPRISE_SITES), total),
        enterprise_taught=Share(taught[Teacher.ENTERPRISE] + taught[Teacher.BOTH], total),
        real_in_core=Share(
            sum(r.minutes for r in core if r.is_real_project), sum(r.minutes for r in core)
        ),
    )


def hours_text(minutes: int) -> str:
    """120 小时; 1 小时 30 分."""
    whole, rest = divmod(minutes, 60)
    return f"{whole:,} 小时" + (f" {rest} 分" if rest else "")
