"""A consortium of national size in the database: 2,000 units, 100,000 posts, 100,000 students.

Rows are written in bulk, past the actions: only pages are measured. Everything is fictional.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import connection, models

from chanjiao.kernel.clock import ZONE
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Choice, ChoiceSheet, Round, RoundCohort, RoundPost, Run
from chanjiao.members.enums import MemberRole
from chanjiao.members.models import Consortium, Membership
from chanjiao.needs.enums import Hazard, ListingState, PostKind, Sex, Shift
from chanjiao.needs.models import Cohort, Post, Student
from chanjiao.people.enums import AppointmentRole, UnitKind
from chanjiao.people.models import Appointment, Unit, User
from chanjiao.reference.shipped import load_shipped
from chanjiao_engine.codes import make_credit_code

AT = datetime(2026, 11, 23, 9, 0, tzinfo=ZONE)
TODAY, QUARTER = AT.date(), "2026Q4"
PLACES = ("甘井子区", "金州区", "旅顺口区", "普兰店区", "瓦房店市", "庄河市", "西岗区", "沙河口区")
WORK = (
    "数控机床操作", "机床装调", "焊接", "钳工", "工业机器人运维", "模具制造", "电气安装", "质量检验",
    "物流管理", "船舶装配", "软件测试", "护理", "养老服务", "会计", "电子装配", "化工总控",
    "轨道车辆检修", "新能源汽车检测", "食品检验", "酒店服务",
)  # fmt: skip
MAJORS = ("460103", "460104", "460301", "460305", "460701", "510201", "530302", "500210", "470201")
JOBS = ("6-18-01-01", "6-18-02-04", "6-31-01-02", "4-04-05-08", "6-20-01-01", "4-14-01-02")
STATES = ("published",) * 14 + ("matched",) * 2 + ("submitted",) * 2 + ("closed", "draft")


@dataclass(frozen=True)
class Sizes:
    """How many rows; a round takes `round_posts` posts and all students."""

    units: int = 2_000
    posts: int = 100_000
    students: int = 100_000
    round_posts: int = 5_000


@dataclass(frozen=True)
class Filled:
    """Who looks at the pages, and at which rounds."""

    desk: User
    member: User
    student: User
    choosing: Round
    published: Round


def fill(sizes: Sizes) -> Filled:
    """Write everything; the same rows each time."""
    chance = random.Random(7)
    load_shipped(at=AT)
    office = Unit.objects.create(kind=UnitKind.OFFICE, name="秘书处", created_at=AT)
    consortium = Consortium.objects.create(
        code="national", name="示例产教联合体", short_name="示例", park="示例园区",
        division_code="210200", secretariat=office, industries=["C34"], created_at=AT,
    )  # fmt: skip
    units = _units(sizes.units)
    _write(Membership, (_membership(consortium, n, unit) for n, unit in enumerate(units)))
    users = _users([office, *units])
    schools = [unit for unit in units if unit.is_school]
    makers = [unit for unit in units if not unit.is_school]
    posts = _write(Post, (_post(chance, consortium, n, makers) for n in range(sizes.posts)))
    cohorts = _write(Cohort, (_cohort(consortium, n, schools) for n in range(sizes.students // 40)))
    students = _write(Student, (_student(n, cohorts) for n in range(sizes.students)))
    pupil = User.objects.create_user("pupil", name="学生甲", created_at=AT)
    students[0].user = pupil
    students[0].save()
    shown = [post for post in posts if post.state == "published"][: sizes.round_posts]
    choosing = _round(consortium, users[0], "choosing", RoundState.CHOOSING, shown, cohorts)
    published = _round(consortium, users[0], "published", RoundState.PUBLISHED, shown, cohorts)
    _choices(chance, choosing, students, users[0])
    _run(published, users[0], shown, sizes)
    _analyse()
    member = users[1 + units.index(makers[0])]
    return Filled(users[0], member, pupil, choosing, published)


def _write(model: type[models.Model], rows: Iterable[Any]) -> list[Any]:
    made, rest = [], iter(rows)
    while batch := list(islice(rest, 5_000)):
        made += model._default_manager.bulk_create(batch, batch_size=500)
    return made


def _analyse() -> None:
    """Let the planner know the tables, as PostgreSQL's autovacuum and `PRAGMA optimize` would."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _units(count: int) -> list[Unit]:
    kinds = (UnitKind.HIGHER_VOCATIONAL, *(UnitKind.ENTERPRISE,) * 39)
    rows = (
        Unit(
            kind=kinds[n % 40],
            name=f"大连示例{n:05}{'职业技术学院' if n % 40 == 0 else '装备制造有限公司'}",
            short_name=f"示例{n:05}", credit_code=make_credit_code("91", "210200", f"MA{n:06}"),
            division_code="210200", staff_count=100 + n % 900, is_fictional=True, created_at=AT,
        )
        for n in range(count)
    )  # fmt: skip
    return _write(Unit, rows)


def _membership(consortium: Consortium, n: int, unit: Unit) -> Membership:
    return Membership(
        consortium=consortium, unit=unit, role=MemberRole.MEMBER, industries=["C34", "C36"],
        joined_on=date(2024, 1, 1 + n % 28),
    )  # fmt: skip


def _users(units: list[Unit]) -> list[User]:
    """An administrator for each unit, with a second factor."""
    users = _write(
        User, (User(username=f"u{n}", name=f"经办{n}", created_at=AT) for n in range(len(units)))
    )
    pairs = list(zip(users, units, strict=True))
    _write(
        Appointment,
        (
            Appointment(user=user, unit=unit, role=AppointmentRole.ADMINISTRATOR,
                        starts_on=date(2024, 1, 1))
            for user, unit in pairs
        ),
    )  # fmt: skip
    totp = Authenticator.Type.TOTP
    _write(Authenticator, (Authenticator(user=user, type=totp, data={}) for user in users))
    return users


def _listing(consortium: Consortium, prefix: str, n: int, unit: Unit) -> dict[str, Any]:
    quarter = f"2026Q{4 - n // 7 % 4}"
    return {
        "consortium": consortium, "unit": unit, "number": f"{prefix}-{quarter}-{n:06}",
        "quarter": quarter, "created_at": AT, "submitted_at": AT - timedelta(days=n % 200),
        "confirmed_at": AT - timedelta(days=n % 120),
    }  # fmt: skip


def _post(chance: random.Random, consortium: Consortium, n: int, makers: list[Unit]) -> Post:
    wage = 100 * chance.randrange(2_800, 7_000)
    return Post(
        **_listing(consortium, "RC", n, makers[n % len(makers)]),
        title=f"{WORK[n % len(WORK)]}{n % 997}", state=chance.choice(STATES),
        answer_due_on=TODAY + timedelta(days=n % 90 - 30) if n % 3 else None,
        kind=PostKind.INTERNSHIP, occupation_code=JOBS[n % len(JOBS)],
        major_codes=chance.sample(MAJORS, 2), headcount=20, minimum=0, division_code="210211",
        place=PLACES[n % len(PLACES)], shift=Shift.DAY if n % 5 else Shift.THREE, wage_fen=wage,
        lowest_wage_fen=260_000, peer_wage_fen=wage, same_post_staff=40,
        hazards=[] if n % 7 else [Hazard.HEIGHT], starts_on=date(2027, 3, 1),
        ends_on=date(2027, 9, 1),
    )  # fmt: skip


def _cohort(consortium: Consortium, n: int, schools: list[Unit]) -> Cohort:
    return Cohort(
        **_listing(consortium, "XS", n, schools[n % len(schools)]), title=f"{n:04} 班",
        state=ListingState.PUBLISHED, major_code=MAJORS[n % len(MAJORS)], entry_year=2024, size=40,
        kind=PostKind.INTERNSHIP, available_from=date(2027, 2, 20), available_to=date(2027, 12, 31),
    )  # fmt: skip


def _student(n: int, cohorts: list[Cohort]) -> Student:
    cohort = cohorts[n // 40 % len(cohorts)]
    return Student(
        cohort=cohort, school=cohort.unit, student_number=f"2024{n:06}", name=f"学生{n:06}",
        sex=(Sex.MALE, Sex.FEMALE)[n % 2], birth_date=date(2005 + n % 2, 1 + n % 12, 1 + n % 28),
        grade_points=Decimal(60 + n % 40), skill_points=Decimal(60 + n % 39), created_at=AT,
    )  # fmt: skip


def _round(
    consortium: Consortium, by: User, code: str, state: str, posts: list[Post],
    cohorts: list[Cohort],
) -> Round:  # fmt: skip
    row: Round = Round.objects.create(
        consortium=consortium, code=code, title="2027 年春季岗位实习", kind=PostKind.INTERNSHIP,
        state=state, max_choices=10, weights={"unit": 60, "grade": 25, "skill": 15},
        opens_at=AT - timedelta(days=5), closes_at=AT + timedelta(days=3650),
        scores_due_at=AT + timedelta(days=3660), publish_on=date(2036, 12, 20), seed="7",
        seed_commitment="7" * 64, created_by=by, created_at=AT,
        published_at=AT if state == RoundState.PUBLISHED else None,
    )  # fmt: skip
    _write(RoundPost, (RoundPost(round=row, post=post, capacity=20) for post in posts))
    _write(RoundCohort, (RoundCohort(round=row, cohort=cohort) for cohort in cohorts))
    return row


def _choices(chance: random.Random, round_: Round, students: list[Student], by: User) -> None:
    """Ten choices of each tenth student, the one who looks among them."""
    posts = list(round_.posts.all())
    sheets = _write(
        ChoiceSheet,
        (
            ChoiceSheet(round=round_, student=student, revision=1, saved_at=AT, saved_by=by)
            for student in students[::10]
        ),
    )
    _write(
        Choice,
        (
            Choice(sheet=sheet, round_post=post, rank=rank)
            for sheet in sheets
            for rank, post in enumerate(chance.sample(posts, min(10, len(posts))), 1)
        ),
    )


def _run(round_: Round, by: User, posts: list[Post], sizes: Sizes) -> None:
    """An accepted run whose figures are as long as a real one's."""
    ranks = [sizes.students // 2 >> at for at in range(10)]
    figures = {
        "students": sizes.students, "choices": sizes.students * 10, "matched": sum(ranks),
        "eligible": sizes.students * 9, "first_choice": ranks[0], "rank_counts": ranks,
        "rank_sum": sum(rank * count for rank, count in enumerate(ranks, 1)), "unscored": 0,
        "ineligible": sizes.students, "closings": [],
        "posts": [
            {"id": post.pk, "name": post.title, "capacity": 20, "minimum": 0, "filled": at % 21,
             "closed": False}
            for at, post in enumerate(posts)
        ],
        "quotas": [
            {"scope": "unit", "capacity": 30, "filled": at % 31, "name": f"示例{at:05}",
             "occupation": "", "staff": 300, "percent": 10, "legal": 30, "placed": 0, "own": None}
            for at in range(sizes.units)
        ],
    }  # fmt: skip
    Run.objects.create(
        round=round_, state=RunState.ACCEPTED, parameters={}, seed="7", engine_version="matching-1",
        problem_digest="7" * 64, statistics=figures, asked_by=by, asked_at=AT, ended_at=AT,
        accepted_by=by, accepted_at=AT,
    )  # fmt: skip
