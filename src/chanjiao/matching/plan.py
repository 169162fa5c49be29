"""What the secretariat decides about a round, as plain values that actions take whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from chanjiao.matching.enums import QuotaScope
from chanjiao.matching.models import Round, RoundPost
from chanjiao.needs.enums import PostKind
from chanjiao.needs.models import Cohort, Post
from chanjiao.people.models import Unit

CRITERIA: dict[str, str] = {"unit": "企业评分", "grade": "综合成绩", "skill": "技能成绩"}
DEFAULT_WEIGHTS: dict[str, int] = {"unit": 60, "grade": 25, "skill": 15}
LEGAL_PERCENTS = (10, 20)  # 教职成〔2021〕4号: of the unit's staff, of the staff in the same post


@dataclass(frozen=True)
class Seat:
    """A post in a round with its seats; `reserved_for` makes them seats of one cohort only."""

    post: Post
    capacity: int
    minimum: int = 0
    reserved_for: Cohort | None = None


@dataclass(frozen=True)
class Limit:
    """A cap of the secretariat's own. Give what the scope needs:

    UNIT: unit · KIND: unit and occupation_code · SCHOOL_AT_POST: post (with reserved_for for the
    seats of an order class) and school.
    """

    scope: QuotaScope
    capacity: int
    unit: Unit | None = None
    occupation_code: str = ""
    post: Post | None = None
    reserved_for: Cohort | None = None
    school: Unit | None = None


@dataclass(frozen=True)
class Plan:
    """All of a round's rules. Percents of None mean: no cap by staff."""

    title: str
    kind: PostKind
    opens_at: datetime
    closes_at: datetime
    scores_due_at: datetime
    publish_on: date
    max_choices: int = 5
    weights: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_WEIGHTS))
    unit_percent: int | None = None
    kind_percent: int | None = None
    cohorts: Sequence[Cohort] = ()
    seats: Sequence[Seat] = ()
    limits: Sequence[Limit] = ()


def default_percents(kind: PostKind) -> tuple[int | None, int | None]:
    """The legal caps where the law sets them (岗位实习), none elsewhere."""
    return LEGAL_PERCENTS if kind == PostKind.INTERNSHIP else (None, None)


def plan_of(round_: Round) -> Plan:
    """The plan as it is stored, to start an edit from."""
    return Plan(
        title=round_.title,
        kind=PostKind(round_.kind),
        opens_at=round_.opens_at,
        closes_at=round_.closes_at,
        scores_due_at=round_.scores_due_at,
        publish_on=round_.publish_on,
        max_choices=round_.max_choices,
        weights=dict(round_.weights),
        unit_percent=round_.unit_percent,
        kind_percent=round_.kind_percent,
        cohorts=[row.cohort for row in round_.cohorts.select_related("cohort")],
        seats=[_seat(row) for row in round_.posts.select_related("post", "reserved_for")],
        limits=limits_of(round_),
    )


def limits_of(round_: Round) -> list[Limit]:
    """The secretariat's own caps of a round."""
    rows = round_.quotas.select_related(
        "unit", "school", "round_post__post", "round_post__reserved_for"
    )
    return [
        Limit(
            scope=QuotaScope(row.scope),
            capacity=row.capacity,
            unit=row.unit,
            occupation_code=row.occupation_code,
            post=row.round_post.post if row.round_post else None,
            reserved_for=row.round_post.reserved_for if row.round_post else None,
            school=row.school,
        )
        for row in rows
    ]


def _seat(row: RoundPost) -> Seat:
    return Seat(row.post, row.capacity, row.minimum, row.reserved_for)
