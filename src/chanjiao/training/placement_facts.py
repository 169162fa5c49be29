"""What a placement and a stint are, as typed, imported or taken from a published match."""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from chanjiao.needs.enums import Hazard, Shift
from chanjiao.needs.models import Post, Student
from chanjiao.people.models import Unit
from chanjiao.training.enums import Intensity, PlacementKind, Site
from chanjiao.training.models import Mentor, Stint, TrainingClass

# A post says its shift in words; a stint says its hours, so that the law can be asked.
_HOURS = {
    Shift.DAY: (480, 1020),
    Shift.TWO: (480, 1200),
    Shift.THREE: (0, 480),
    Shift.NIGHT: (1320, 360),
}


@dataclass(frozen=True, slots=True)
class PlacementFacts:
    """Who, when, under whose rules. Half-open period [starts_on, ends_on)."""

    student: Student
    starts_on: date
    ends_on: date
    kind: str = PlacementKind.POST
    training_class: TrainingClass | None = None
    tutor: Mentor | None = None
    profile: str = "全国"
    self_chosen: bool = False


@dataclass(frozen=True, slots=True)
class StintFacts:
    """Where, at which post, under which conditions; None where nobody has stated it.

    Money in 分 a month, times in minutes after midnight.
    """

    host: Unit
    position: str
    occupation_code: str
    starts_on: date
    ends_on: date
    major_codes: list[str] = field(default_factory=list)
    post: Post | None = None
    workplace: str = ""
    master: Mentor | None = None
    second_master: Mentor | None = None
    wage_fen: int | None = None
    peer_wage_fen: int | None = None
    lowest_wage_fen: int | None = None
    same_post_staff: int | None = None
    day_minutes: int = 480
    from_minute: int = 480
    to_minute: int = 1020
    intensity: str = ""
    hazards: list[str] = field(default_factory=list)
    chemical_site: bool | None = None
    independent: bool = True
    site: str = Site.ENTERPRISE
    site_registered: bool | None = None

    def values(self) -> dict[str, Any]:
        """Field by field, as a stint keeps them."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


def stint_of_post(post: Post, starts_on: date, ends_on: date) -> StintFacts:
    """A post's conditions as they are today, for a time within it."""
    begins, ends = _HOURS[Shift(post.shift)]
    heavy = Hazard.HEAVY in post.hazards
    return StintFacts(
        host=post.unit, post=post, position=post.title, occupation_code=post.occupation_code,
        major_codes=list(post.major_codes), workplace=post.place, starts_on=starts_on,
        ends_on=ends_on, wage_fen=post.wage_fen, peer_wage_fen=post.peer_wage_fen or None,
        lowest_wage_fen=post.lowest_wage_fen or None, same_post_staff=post.same_post_staff,
        from_minute=begins, to_minute=ends, hazards=list(post.hazards),
        intensity=Intensity.THIRD if heavy else Intensity.FIRST,
        chemical_site=bool({Hazard.TOXIC, Hazard.EXPLOSIVE} & set(post.hazards)),
    )  # fmt: skip


def facts_of_stint(stint: Stint, **changed: Any) -> StintFacts:
    """A stint's own facts, some of them changed: a form edits, a rotation continues."""
    values = {one.name: getattr(stint, one.name) for one in fields(StintFacts)}
    return StintFacts(**{**values, **changed})


def plain(facts: PlacementFacts | StintFacts) -> dict[str, Any]:
    """The facts for the trail: numbers of rows, dates as text."""
    found = {}
    for name, value in _shallow(facts).items():
        found[name] = value.pk if hasattr(value, "pk") else _text(value)
    return found


def _shallow(facts: PlacementFacts | StintFacts) -> dict[str, Any]:
    return {one.name: getattr(facts, one.name) for one in fields(facts)}


def _text(value: Any) -> Any:
    return value if isinstance(value, int | list | None | bool) else str(value)


def clock(minute: int) -> str:
    """Minutes after midnight as 08:00."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
