"""Stage three: a round from its rules to its publication, one being scored, one open to choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from chanjiao.demo.cast import Cast
from chanjiao.demo.catalogue import rows, units
from chanjiao.demo.pupils import Offer, chance, choices_of, score_of
from chanjiao.demo.workbooks import DemoFailed, Desk, Slip
from chanjiao.matching.actions import (
    close_choosing,
    close_scoring,
    create_round,
    open_round,
    set_limits,
)
from chanjiao.matching.choices import save_choices
from chanjiao.matching.enums import QuotaScope, RunState
from chanjiao.matching.models import Round, RoundPost, Run
from chanjiao.matching.plan import Limit, Plan, Seat, default_percents
from chanjiao.matching.queries import open_to, posts_of, school_students
from chanjiao.matching.runs import accept_run, publish_round, start_run
from chanjiao.matching.sheets import export_scores
from chanjiao.needs.enrolment import claim_student, invite_students
from chanjiao.needs.enums import Hazard, ListingState, PostKind
from chanjiao.needs.models import Cohort, Post, Student
from chanjiao.people.models import Invitation
from chanjiao.sheets.binding import get

MOST = 5
INVITED = -38
# (login name, school, cohort's title in the catalogue): whom a visitor can sign in as.
APPRENTICES = ("dlzyjsxy", "智能制造装备技术学徒班", ("xuesheng01", "xuesheng02", "xuesheng03"))
INTERNS = ("dlzyjsxy", "数控技术专业毕业年级", ("xuesheng11", "xuesheng12", "xuesheng13"))
RESERVED = {  # (unit, title) → (cohort's title, seats, fewest): the order classes' own seats
    ("jichuang", "数控机床操作实习生"): ("数控技术大连机床订单班", 20, 10),
    ("liwan", "电池制造实习生"): ("储能材料技术专业毕业年级", 10, 8),
}
SHARE = ("shujia", "程序设计实习生", "shuziwan", 14)
FIRST_TO_SCORE = "wanxin"
SLIPS = {"haigong": (Slip(3, "choice1", "随便"), Slip(6, "name", "张三"))}


def build_match(cast: Cast, desk: Desk) -> None:
    """Accounts for a few students, the round of internships, the round of apprentices."""
    cast.season.go(INVITED)
    open_accounts(cast, *INTERNS)
    open_accounts(cast, *APPRENTICES)
    _internships(cast, desk)
    _order_classes(cast, desk)
    _apprentices(cast, desk)


def open_accounts(cast: Cast, school: str, title: str, usernames: Sequence[str]) -> None:
    """The school invites, the student accepts the link on the slip."""
    cohort = _cohort(cast, school, title)
    invited = list(cohort.students.order_by("student_number")[: len(usernames)])
    slips = invite_students(invited, by=cast.actor(school), at=cast.season.tick())
    for username, (student, token) in zip(usernames, slips, strict=True):
        user = cast.join(token, username)
        invitation = Invitation.objects.get(student=student)
        claim_student(invitation, user, at=cast.season.tick(5))


def _cohort(cast: Cast, school: str, title: str) -> Cohort:
    row = next(r for r in rows("cohorts") if (r["school"], r["title"]) == (school, title))
    entered = cast.season.school_year - int(row["entered"])
    return Cohort.objects.get(unit=cast.units[school], title=f"{entered} 级{title}")


# Round one -----------------------------------------------------------------------------------
def _internships(cast: Cast, desk: Desk) -> None:
    season = cast.season
    plan = _plan(
        cast, PostKind.INTERNSHIP, f"{season.starts_on.year} 年岗位实习", (-35, -28, -22, -18)
    )
    season.go(-37)
    round_ = create_round(cast.consortium, plan, by=cast.secretary, at=season.tick())
    season.go(-35)
    round_ = _open(cast, round_)
    for day, username in zip((-34, -33, -30), INTERNS[2], strict=True):
        season.go(day, 20)
        _choose(cast, round_, username)
    season.go(-30, 13)
    _paper_lists(cast, desk, round_, own=set(INTERNS[2]))
    season.go(-28, 17, 30)
    round_ = close_choosing(round_, by=cast.secretary, at=season.tick())
    season.go(-27)
    _scores(cast, desk, round_, [key for key in units() if units()[key]["kind"] == "enterprise"])
    season.go(-22, 17, 30)
    round_ = close_scoring(round_, by=cast.secretary, at=season.tick())
    season.go(-21)
    _run(cast, round_)
    round_ = _share(cast, round_)
    run = _run(cast, round_)
    season.go(-20, 10)
    round_ = accept_run(run, by=cast.secretary, at=season.tick())
    season.go(-18)
    publish_round(round_, by=cast.secretary, at=season.tick())


def _plan(cast: Cast, kind: PostKind, title: str, days: tuple[int, int, int, int]) -> Plan:
    """All published posts and cohorts of a kind, with the legal caps where there are any."""
    moment = cast.season.moment
    opens, closes, scored, published = days
    unit_percent, kind_percent = default_percents(kind)
    own = {"consortium": cast.consortium, "kind": kind, "state": ListingState.PUBLISHED}
    posts = Post.objects.filter(**own).select_related("unit").order_by("number")
    return Plan(
        title=title,
        kind=kind,
        opens_at=moment(opens),
        closes_at=moment(closes, 17),
        scores_due_at=moment(scored, 17),
        publish_on=moment(published).date(),
        max_choices=MOST,
        unit_percent=unit_percent,
        kind_percent=kind_percent,
        cohorts=list(Cohort.objects.filter(**own).order_by("number")),
        seats=[seat for post in posts for seat in _seats(cast, post)],
    )


def _seats(cast: Cast, post: Post) -> Iterable[Seat]:
    """A post's seats; those of an order class are a row of their own."""
    reserved = RESERVED.get((cast.key_of(post.unit_id), post.title))
    if reserved is None:
        return [Seat(post, post.headcount, post.minimum)]
    title, seats, fewest = reserved
    school = next(r["school"] for r in rows("cohorts") if r["title"] == title)
    return [
        Seat(post, post.headcount - seats, post.minimum),
        Seat(post, seats, fewest, reserved_for=_cohort(cast, school, title)),
    ]


def _open(cast: Cast, round_: Round) -> Round:
    seed = chance("seed", round_.title).getrandbits(60)
    return open_round(
        round_, seed=seed, revision=round_.revision, by=cast.secretary, at=cast.season.tick()
    )


# Choosing ------------------------------------------------------------------------------------
def _choose(cast: Cast, round_: Round, username: str, most: int = MOST) -> None:
    """A student's own list, saved twice: people change their minds."""
    student = Student.objects.select_related("cohort").get(user=cast.users[username])
    wanted = _wanted(student, list(open_to(round_, student).order_by("pk")))[:most]
    for revision, listed in enumerate((wanted[:2], wanted)):
        save_choices(
            student, round_, listed, revision=revision, by=cast.actor(username),
            at=cast.season.tick(180),
        )  # fmt: skip


def _wanted(student: Student, posts: Sequence[RoundPost]) -> list[RoundPost]:
    by_number = {_key(row): row for row in posts}
    offers = [_offer(row) for row in posts]
    listed = choices_of(
        student.student_number, student.cohort.major_code, student.cohort_id,
        minor=_is_minor(student.birth_date, posts[0].post.starts_on), offers=offers, most=MOST,
    )  # fmt: skip
    return [by_number[offer.key] for offer in listed]


def _key(row: RoundPost) -> str:
    return f"{row.post.number}/{row.reserved_for_id or ''}"


def _offer(row: RoundPost) -> Offer:
    return Offer(
        key=_key(row),
        majors=frozenset(row.post.major_codes),
        wage_fen=row.post.wage_fen,
        dangerous=bool(set(row.post.hazards) - {Hazard.NOISE}),
        reserved_for=row.reserved_for_id,
    )


def _is_minor(born: date, on: date) -> bool:
    return (on.year - 18, on.month, on.day) < (born.year, born.month, born.day)


def _paper_lists(cast: Cast, desk: Desk, round_: Round, *, own: set[str], share: int = 100) -> None:
    """Each school enters the lists its students gave on paper."""
    posts = list(posts_of(round_).order_by("pk"))
    owners = {cast.users[name].pk for name in own}
    for key in dict.fromkeys(row["school"] for row in rows("cohorts")):
        students = [
            student
            for student in school_students(cast.actor(key), round_)
            if student.user_id not in owners
            and chance("paper", round_.title, student.student_number).randrange(100) < share
        ]
        if students:
            desk.bring(
                "round_choices", {"round": round_.pk, "unit": cast.units[key].pk},
                [_paper(student, posts) for student in students],
                who=key, unit=cast.units[key], title=f"{cast.units[key].called}-{round_.title}志愿表",
                slips=SLIPS.get(key, ()) if round_.kind == PostKind.INTERNSHIP else (),
            )  # fmt: skip


def _paper(student: Student, posts: Sequence[RoundPost]) -> dict[str, Any]:
    listed = enumerate(_wanted(student, posts), 1)
    return {
        "number": student.student_number,
        "name": student.name,
        **{f"choice{rank}": row.pk for rank, row in listed},
    }


# Scoring, runs -------------------------------------------------------------------------------
def _scores(cast: Cast, desk: Desk, round_: Round, enterprises: Iterable[str]) -> None:
    """Each enterprise downloads its applicants, fills in the scores and hands them in."""
    for key in enterprises:
        unit = cast.units[key]
        scope = {"round": round_.pk, "unit": unit.pk}
        actor = cast.actor(key)
        at = cast.season.tick()
        downloaded = export_scores(get("round_scores").load(user=actor, scope=scope, at=at))
        filled = [_scored(line) for line in downloaded]
        if filled:
            desk.bring(
                "round_scores", scope, filled,
                who=key, unit=unit, title=f"{unit.called}-{round_.title}评分表",
            )  # fmt: skip


def _scored(line: dict[str, Any]) -> dict[str, Any]:
    points = score_of(line["post"], f"{line['school']}{line['name']}", line["grade"], line["skill"])
    return line | {"score": points}


def _run(cast: Cast, round_: Round) -> Run:
    with cast.season.held(600) as at:
        run = start_run(round_, by=cast.secretary, at=at)
    run.refresh_from_db()
    if run.state != RunState.DONE:
        raise DemoFailed(f"试算没有完成：{run.failure or run.get_state_display()}")
    return run


def _share(cast: Cast, round_: Round) -> Round:
    """After the first trial the secretariat shares one post's seats among schools."""
    key, title, school, seats = SHARE
    post = round_.posts.get(post__unit=cast.units[key], post__title=title).post
    limit = Limit(QuotaScope.SCHOOL_AT_POST, seats, post=post, school=cast.units[school])
    return set_limits(
        round_, [limit], revision=round_.revision, by=cast.secretary, at=cast.season.tick(3_600),
        reason="首次试算中该岗位几乎全部由一所学校录取，经协商为其他学校留出名额。",
    )  # fmt: skip


# The rounds that are on today ----------------------------------------------------------------
def _order_classes(cast: Cast, desk: Desk) -> None:
    """Scoring today: one enterprise has handed in its scores, the others have something to do."""
    season = cast.season
    plan = _plan(cast, PostKind.ORDER, f"{season.starts_on.year} 年订单班", (-14, -7, 3, 6))
    season.go(-16)
    round_ = create_round(cast.consortium, plan, by=cast.secretary, at=season.tick())
    season.go(-14)
    round_ = _open(cast, round_)
    season.go(-9)
    _paper_lists(cast, desk, round_, own=set())
    season.go(-7, 17, 30)
    round_ = close_choosing(round_, by=cast.secretary, at=season.tick())
    season.go(-6, 8)
    _scores(cast, desk, round_, [FIRST_TO_SCORE])


def _apprentices(cast: Cast, desk: Desk) -> None:
    """Open for choosing today: a student with a phone has something to do."""
    season = cast.season
    title = f"{season.starts_on.year} 年学徒班"
    plan = _plan(cast, PostKind.APPRENTICE, title, (-3, 5, 9, 12))
    season.go(-6)
    round_ = create_round(cast.consortium, plan, by=cast.secretary, at=season.tick())
    season.go(-3)
    round_ = _open(cast, round_)
    season.go(-3, 19)
    _choose(cast, round_, APPRENTICES[2][1], most=3)
    season.go(-2, 9)
    _paper_lists(cast, desk, round_, own=set(APPRENTICES[2]), share=35)
