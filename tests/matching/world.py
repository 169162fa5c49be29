"""A small consortium with two schools, two enterprises and a round, for tests."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

from chanjiao.kernel.clock import ZONE
from chanjiao.matching.actions import close_choosing, close_scoring, create_round, open_round
from chanjiao.matching.choices import save_choices
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Round, RoundPost, Run
from chanjiao.matching.plan import Plan, Seat
from chanjiao.members.models import Consortium, Membership
from chanjiao.needs.enums import ListingState, PostKind, Sex, Shift
from chanjiao.needs.models import Cohort, Post, Student
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from tests.people.world import acting, make_unit, make_user, seen

AT = datetime(2026, 11, 23, 10, 0, tzinfo=ZONE)
OPENS = datetime(2026, 11, 23, 8, 0, tzinfo=ZONE)
CLOSES = datetime(2026, 11, 30, 18, 0, tzinfo=ZONE)
SCORES_DUE = datetime(2026, 12, 5, 18, 0, tzinfo=ZONE)
SECOND = timedelta(seconds=1)
SEED = 20261123
_numbers = count(1)


@dataclass
class World:
    consortium: Consortium
    secretary: Actor
    schools: list[Unit]
    teachers: list[Actor]
    firms: list[Unit]
    recruiters: list[Actor]
    cohorts: list[Cohort]
    posts: list[Post]
    students: list[Student]
    round: Round | None = None
    extra: dict = field(default_factory=dict)

    def actor(self, index: int) -> Actor:
        """The student as the person who signs in."""
        user = self.students[index].user
        assert user is not None
        return seen(user)

    def seats(self) -> list[RoundPost]:
        """The round's posts in the order of `posts`."""
        assert self.round is not None
        rows = {row.post_id: row for row in self.round.posts.filter(reserved_for=None)}
        return [rows[post.pk] for post in self.posts if post.pk in rows]

    def reload(self) -> Round:
        assert self.round is not None
        self.round = Round.objects.select_related("consortium").get(pk=self.round.pk)
        return self.round


def make_world(students: int = 3, staff: int = 100) -> World:
    """Two schools with a cohort each, two enterprises with three posts, students in turn."""
    office = make_unit(UnitKind.OFFICE, name="示例联合体秘书处")
    consortium = Consortium.objects.create(
        code=f"demo{next(_numbers)}", name="示例市域产教联合体", short_name="示例联合体",
        park="示例园区", division_code="210200", secretariat=office, created_at=AT,
    )  # fmt: skip
    schools = [make_unit(UnitKind.HIGHER_VOCATIONAL, name=f"示例职业学院{x}") for x in "AB"]
    firms = [make_unit(name=f"示例机床厂{x}", staff_count=staff) for x in "AB"]
    for unit in (*schools, *firms):
        Membership.objects.create(
            consortium=consortium, unit=unit, role="member", joined_on=date(2026, 1, 1)
        )
    cohorts = [make_cohort(consortium, school) for school in schools]
    posts = [
        make_post(consortium, firms[0], "数控车工"),
        make_post(consortium, firms[0], "装配钳工", occupation_code="6-20-01-01"),
        make_post(consortium, firms[1], "设备维修"),
    ]
    made = [make_student(cohorts[i % 2], i) for i in range(students)]
    return World(
        consortium, acting(office), schools, [acting(s) for s in schools], firms,
        [acting(f) for f in firms], cohorts, posts, made,
    )  # fmt: skip


def make_post(consortium: Consortium, unit: Unit, title: str, **fields) -> Post:
    values = {
        "quarter": "2026Q4", "kind": PostKind.INTERNSHIP, "occupation_code": "6-18-01-01",
        "major_codes": ["460102", "460103"], "headcount": 2, "place": "金普新区",
        "shift": Shift.DAY, "wage_fen": 400_000, "lowest_wage_fen": 300_000,
        "peer_wage_fen": 500_000, "same_post_staff": 50, "starts_on": date(2027, 3, 1),
        "ends_on": date(2027, 8, 31), "state": ListingState.PUBLISHED, "created_at": AT,
        "published_at": AT,
    } | fields  # fmt: skip
    number = f"RC-{next(_numbers):05}"
    return Post.objects.create(
        consortium=consortium, unit=unit, number=number, title=title, **values
    )


def make_cohort(consortium: Consortium, school: Unit, **fields) -> Cohort:
    values = {
        "quarter": "2026Q4", "title": "机械制造 2024 级", "major_code": "460102",
        "entry_year": 2024, "size": 30, "kind": PostKind.INTERNSHIP,
        "available_from": date(2027, 3, 1), "available_to": date(2027, 9, 1),
        "state": ListingState.PUBLISHED, "created_at": AT,
    } | fields  # fmt: skip
    number = f"XS-{next(_numbers):05}"
    return Cohort.objects.create(consortium=consortium, unit=school, number=number, **values)


def make_student(cohort: Cohort, index: int, **fields) -> Student:
    number = next(_numbers)
    values = {
        "name": f"学生名{number}", "sex": Sex.MALE, "birth_date": date(2006, 5, 17),
        "grade_points": Decimal("80.00") + index, "skill_points": Decimal("70.00"),
        "created_at": AT,
    } | fields  # fmt: skip
    if "user" not in values:
        values["user"] = make_user(values["name"])
    return Student.objects.create(
        cohort=cohort, school=cohort.unit, student_number=f"202409{number:04}", **values
    )


def plan_for(world: World, **changes) -> Plan:
    plan = Plan(
        title="2027 年春季岗位实习", kind=PostKind.INTERNSHIP, opens_at=OPENS, closes_at=CLOSES,
        scores_due_at=SCORES_DUE, publish_on=date(2026, 12, 8), max_choices=3, unit_percent=10,
        kind_percent=20, cohorts=world.cohorts,
        seats=[Seat(post, post.headcount) for post in world.posts],
    )  # fmt: skip
    return replace(plan, **changes)


def drafted(world: World, **changes) -> Round:
    world.round = create_round(
        world.consortium, plan_for(world, **changes), by=world.secretary, at=AT
    )
    return world.round


def opened(world: World, **changes) -> Round:
    draft = drafted(world, **changes)
    world.round = open_round(draft, seed=SEED, revision=draft.revision, by=world.secretary, at=AT)
    return world.round


def choose(world: World, index: int, *posts: int, revision: int = 0):
    """Student `index` saves these posts (positions in `world.posts`)."""
    assert world.round is not None
    seats = world.seats()
    return save_choices(
        world.students[index], world.round, [seats[p] for p in posts], revision=revision,
        by=world.actor(index), at=AT,
    )  # fmt: skip


def scoring(world: World, **changes) -> Round:
    """Everybody has chosen the first two posts, scoring is on."""
    opened(world, **changes)
    for index in range(len(world.students)):
        choose(world, index, 0, 1)
    world.round = close_choosing(world.reload(), by=world.secretary, at=CLOSES)
    return world.round


def deciding(world: World, **changes) -> Round:
    scoring(world, **changes)
    world.round = close_scoring(world.reload(), by=world.secretary, at=SCORES_DUE)
    return world.round


def in_state(world: World, state: str) -> Round:
    """The round put into a state by hand, with what that state needs."""
    round_ = opened(world)
    round_.state = state
    round_.published_at = AT if state == RoundState.PUBLISHED else None
    round_.save()
    if state in {RoundState.ACCEPTED, RoundState.PUBLISHED}:
        Run.objects.create(
            round=round_, state=RunState.ACCEPTED, seed=round_.seed, asked_by=world.secretary.user,
            asked_at=AT,
        )  # fmt: skip
    return world.reload()
