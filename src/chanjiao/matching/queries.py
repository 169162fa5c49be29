"""What may be read of rounds, by whom. Every list starts at `visible_to`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from chanjiao.kernel.clock import ZONE, day_of
from chanjiao.kernel.verdict import Refused, require
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import (
    Choice,
    ChoiceSheet,
    Match,
    Round,
    RoundCohort,
    RoundPost,
    Run,
    Score,
)
from chanjiao.matching.rules import may_see_applicants
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor, in_force_on
from chanjiao.people.models import Appointment, Unit, User


def visible_to(actor: Actor | None) -> QuerySet[Round]:
    """Rounds this person may see.

    Published: everybody. The secretariat: all of its consortium. Units with a post or a cohort in
    it, and students of its cohorts: from opening on.
    """
    seen = Q(state=RoundState.PUBLISHED)
    if actor is not None:
        units = actor.units
        posts = RoundPost.objects.filter(round=OuterRef("pk"), post__unit__in=units)
        cohorts = RoundCohort.objects.filter(round=OuterRef("pk")).filter(
            Q(cohort__unit__in=units) | Q(cohort__in=_cohorts_of(actor))
        )
        opened = ~Q(state=RoundState.DRAFT) & ~Q(seed_commitment="")
        seen |= Q(consortium__secretariat__in=units)
        seen |= opened & (Exists(posts) | Exists(cohorts))
    return Round.objects.filter(seen).select_related("consortium")


def managed_by(actor: Actor) -> QuerySet[Round]:
    """Rounds of the consortia whose secretariat the person is of."""
    return visible_to(actor).filter(consortium__secretariat__in=actor.units)


def of_student(actor: Actor) -> QuerySet[Round]:
    """Rounds in which the person's own cohort takes part."""
    return visible_to(actor).filter(
        Exists(RoundCohort.objects.filter(round=OuterRef("pk"), cohort__in=_cohorts_of(actor)))
    )


def _cohorts_of(actor: Actor) -> QuerySet[Student, Any]:
    """The cohort of the student this person is; looked up first, cohorts are many."""
    return Student.objects.filter(user=actor.user).values("cohort")


def posts_of(round_: Round) -> QuerySet[RoundPost]:
    """A round's posts with all a reader needs of each."""
    return round_.posts.select_related("post__unit", "reserved_for", "round")


def open_to(round_: Round, student: Student) -> QuerySet[RoundPost]:
    """The posts this student may choose: all but those reserved for other cohorts."""
    return posts_of(round_).filter(Q(reserved_for__isnull=True) | Q(reserved_for=student.cohort_id))


def sheet_of(round_: Round, student: Student) -> ChoiceSheet | None:
    """The student's saved list, if any."""
    return ChoiceSheet.objects.filter(round=round_, student=student).first()


def chosen(sheet: ChoiceSheet | None) -> list[RoundPost]:
    """The posts of a saved list in order."""
    if sheet is None:
        return []
    rows = sheet.choices.select_related("round_post__post__unit", "round_post__reserved_for")
    return [row.round_post for row in rows.order_by("rank")]


# What a unit sees ----------------------------------------------------------------------------
def unit_posts(actor: Actor, round_: Round) -> QuerySet[RoundPost]:
    """The round's posts of the units the person acts for; `applied` and `scored` count students."""
    chose = Choice.objects.filter(
        round_post=OuterRef("pk"), sheet__student=OuterRef("scores__student")
    )
    return (
        posts_of(round_)
        .filter(post__unit__in=actor.units)
        .annotate(
            applied=Count("choices", distinct=True),
            scored=Count("scores", distinct=True, filter=Exists(chose)),
        )
    )


@dataclass(frozen=True)
class Applicant:
    """What a unit learns of a student who chose its post, and the unit's own score. No rank."""

    student: Student
    score: Score | None


def applicants(actor: Actor | None, round_post: RoundPost) -> list[Applicant]:
    """Who chose this post, by school and number; `Refused` before scoring and for other units.

    Once published only those who got it: the others' data have served their purpose.
    """
    require(may_see_applicants(actor, round_post))
    if round_post.round.state == RoundState.PUBLISHED:
        students = _placed(round_post)
    else:
        students = Student.objects.filter(choice_sheets__choices__round_post=round_post)
    students = students.select_related("school", "cohort").order_by(
        "school__name", "student_number", "pk"
    )
    scores = {score.student_id: score for score in round_post.scores.all()}
    return [Applicant(student, scores.get(student.pk)) for student in students]


def placed_at(actor: Actor | None, round_post: RoundPost) -> list[Student]:
    """Who got this post, once published, for its unit and the secretariat."""
    require(may_see_applicants(actor, round_post))
    if round_post.round.state != RoundState.PUBLISHED:
        raise Refused("结果还没有公布。")
    rows = _placed(round_post).select_related("school", "cohort")
    return list(rows.order_by("school__name", "student_number"))


def _placed(round_post: RoundPost) -> QuerySet[Student]:
    return Student.objects.filter(
        matches__round_post=round_post, matches__run__state=RunState.ACCEPTED
    )


# What a school sees --------------------------------------------------------------------------
def participants(round_: Round) -> QuerySet[Student]:
    """All students of the round's cohorts."""
    return Student.objects.filter(cohort__round_cohorts__round=round_)


def school_students(actor: Actor, round_: Round) -> QuerySet[Student]:
    """The person's own schools' students in the round; `has_chosen` says who saved a list."""
    lists = Choice.objects.filter(sheet__round=round_, sheet__student=OuterRef("pk"))
    return (
        participants(round_)
        .filter(school__in=actor.units)
        .annotate(has_chosen=Exists(lists))
        .select_related("school", "cohort")
        .order_by("school__name", "student_number", "pk")
    )


@dataclass(frozen=True)
class Outcome:
    """A student's list and, once published, what came of it."""

    student: Student
    sheet: ChoiceSheet | None
    posts: list[RoundPost]
    match: Match | None


def outcomes(round_: Round, students: Sequence[Student]) -> list[Outcome]:
    """Lists and outcomes of these students, in their order; four queries for any number."""
    pks = [student.pk for student in students]
    sheets = {row.student_id: row for row in round_.choice_sheets.filter(student__in=pks)}
    lists: dict[int, list[RoundPost]] = {}
    rows = Choice.objects.filter(sheet__in=[sheet.pk for sheet in sheets.values()])
    for row in rows.select_related("sheet", "round_post__post__unit").order_by("sheet", "rank"):
        lists.setdefault(row.sheet.student_id, []).append(row.round_post)
    matches = {row.student_id: row for row in published_matches(round_).filter(student__in=pks)}
    return [
        Outcome(student, sheets.get(student.pk), lists.get(student.pk, []), matches.get(student.pk))
        for student in students
    ]


# What came of it -----------------------------------------------------------------------------
def accepted_run(round_: Round) -> Run | None:
    """The run whose result stands, if any."""
    return (
        round_.runs.filter(state=RunState.ACCEPTED).select_related("bundle", "accepted_by").first()
    )


def published_matches(round_: Round) -> QuerySet[Match]:
    """Outcomes of a published round; none before."""
    rows = Match.objects.filter(
        run__round=round_, run__state=RunState.ACCEPTED, run__round__state=RoundState.PUBLISHED
    )
    return rows.select_related("student", "round_post__post__unit")


def outcome_of(round_: Round, student: Student) -> Match | None:
    """A student's outcome once published."""
    return published_matches(round_).filter(student=student).first()


def looked_up(round_: Round, pseudonym: str) -> Match | None:
    """An outcome by its public id, for anyone, once published."""
    wanted = pseudonym.strip().upper()
    return published_matches(round_).filter(pseudonym=wanted).first()


# How far it is -------------------------------------------------------------------------------
@dataclass(frozen=True)
class SchoolProgress:
    """How many of a school's students have a list."""

    school: Unit
    students: int
    chosen: int

    @property
    def missing(self) -> int:
        return self.students - self.chosen


def choosing_progress(round_: Round, schools: Sequence[int] | None = None) -> list[SchoolProgress]:
    """By school, all or only the given ones; three queries."""
    students = participants(round_)
    lists = ChoiceSheet.objects.filter(round=round_, choices__isnull=False)
    if schools is not None:
        students = students.filter(school__in=schools)
        lists = lists.filter(student__school__in=schools)
    total = dict(students.order_by().values_list("school").annotate(Count("pk", distinct=True)))
    done = dict(
        lists.order_by().values_list("student__school").annotate(Count("student", distinct=True))
    )
    names = Unit.objects.filter(pk__in=total).order_by("name", "pk")
    return [SchoolProgress(unit, total[unit.pk], done.get(unit.pk, 0)) for unit in names]


@dataclass(frozen=True)
class UnitProgress:
    """How many of a unit's applications it has scored."""

    unit: Unit
    applied: int
    scored: int

    @property
    def missing(self) -> int:
        return self.applied - self.scored


def scoring_progress(round_: Round) -> list[UnitProgress]:
    """By unit; three queries."""
    scored = Score.objects.filter(
        round_post=OuterRef("round_post"), student=OuterRef("sheet__student")
    )
    rows = Choice.objects.filter(sheet__round=round_).annotate(is_scored=Exists(scored))
    figures = (
        rows.order_by()
        .values("round_post__post__unit")
        .annotate(applied=Count("pk"), scored=Count("pk", filter=Q(is_scored=True)))
    )
    by_unit = {row["round_post__post__unit"]: row for row in figures}
    units = Unit.objects.filter(pk__in=round_.posts.values("post__unit")).order_by("name", "pk")
    none = {"applied": 0, "scored": 0}
    found = [(unit, by_unit.get(unit.pk, none)) for unit in units]
    return [UnitProgress(unit, row["applied"], row["scored"]) for unit, row in found]


def staff_of(units: Sequence[int], on: date) -> QuerySet[User]:
    """Whoever acts for these units on a day."""
    acting = Appointment.objects.filter(in_force_on(on), user=OuterRef("pk"), unit__in=units)
    return User.objects.filter(Exists(acting), is_active=True)


# What is due ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Due:
    """One thing the secretariat has to do next in a round; `late` when its time has passed."""

    round: Round
    text: str
    on: date | None
    late: bool


def due_for(actor: Actor, at: datetime) -> list[Due]:
    """The secretariat's queue: every round that is not over, and what it waits for."""
    rounds = managed_by(actor).exclude(state__in=[RoundState.PUBLISHED, RoundState.CANCELLED])
    return [_due(round_, at) for round_ in rounds.order_by("closes_at", "pk")]


def _due(round_: Round, at: datetime) -> Due:
    moment, text = _next_step(round_, at)
    late = moment is not None and at >= moment
    return Due(round_, text, day_of(moment) if moment else None, late)


def _next_step(round_: Round, at: datetime) -> tuple[datetime | None, str]:
    if round_.state == RoundState.DRAFT:
        return round_.opens_at, "核对后开放志愿填报"
    if round_.state == RoundState.CHOOSING:
        over = at >= round_.closes_at
        return round_.closes_at, "填报已截止，请转入企业评分" if over else "学生正在填报志愿"
    if round_.state == RoundState.SCORING:
        over = at >= round_.scores_due_at
        return round_.scores_due_at, "评分已截止，请转入试算" if over else "企业正在评分"
    planned = datetime.combine(round_.publish_on, datetime.min.time(), ZONE)
    planned += timedelta(days=1)
    if round_.state == RoundState.DECIDING:
        return planned, "试算并审定结果"
    return planned, "公布结果"


@dataclass(frozen=True)
class UnitDue:
    """What a round asks of a unit now: `count` applicants to score or students without a list."""

    round: Round
    text: str
    count: int
    on: date


def member_due(actor: Actor, unit: Unit, at: datetime) -> list[UnitDue]:
    """A member's part of its rounds that are open for choosing or scoring."""
    found = []
    rounds = visible_to(actor).filter(state__in=[RoundState.CHOOSING, RoundState.SCORING])
    for round_ in rounds.order_by("closes_at", "pk"):
        if round_.state == RoundState.CHOOSING:
            missing = sum(row.missing for row in choosing_progress(round_, [unit.pk]))
            day = day_of(round_.closes_at)
            found.append(UnitDue(round_, "督促本校学生填报志愿", missing, day))
        else:
            own = [row for row in scoring_progress(round_) if row.unit.pk == unit.pk]
            day = day_of(round_.scores_due_at)
            found.append(UnitDue(round_, "为报名学生评分", sum(row.missing for row in own), day))
    return found
