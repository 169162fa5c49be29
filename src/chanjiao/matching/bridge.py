"""Rows → the engine's facts and files. The files are the problem: what is published is what ran."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from chanjiao.matching.enums import QuotaScope
from chanjiao.matching.limits import Cap, caps_of
from chanjiao.matching.models import Choice, Quota, Round, RoundPost, Score
from chanjiao.matching.pseudonyms import pseudonyms
from chanjiao.matching.queries import participants, posts_of
from chanjiao.needs.enums import Hazard, PostKind, Sex, Shift
from chanjiao.needs.models import Post, Student
from chanjiao.people.models import Unit
from chanjiao_engine.matching import eligibility as engine
from chanjiao_engine.matching.eligibility import Bar, Finding
from chanjiao_engine.matching.naming import points
from chanjiao_engine.matching.priorities import MICRO, weighted_score

Row = tuple[str, ...]

_KINDS = {
    PostKind.INTERNSHIP: engine.Kind.INTERNSHIP,
    PostKind.APPRENTICE: engine.Kind.APPRENTICE,
    PostKind.ORDER: engine.Kind.ORDER_CLASS,
    PostKind.EMPLOYMENT: engine.Kind.EMPLOYMENT,
}
_SEXES = {Sex.MALE: engine.Sex.MALE, Sex.FEMALE: engine.Sex.FEMALE}
_E = engine.Hazard
# 未成年工特殊保护规定 names heights, poisons, explosives, radiation, heat or cold and mines; noise
# alone is in no list that bars anybody, so it is shown to the student and bars nobody.
_HAZARDS: dict[str, frozenset[engine.Hazard]] = {
    Hazard.HEAVY: frozenset({_E.INTENSITY_3, _E.MINOR_FORBIDDEN}),
    Hazard.HEIGHT: frozenset({_E.MINOR_FORBIDDEN}),
    Hazard.TOXIC: frozenset({_E.HARMFUL, _E.MINOR_FORBIDDEN}),
    Hazard.EXPLOSIVE: frozenset({_E.MINOR_FORBIDDEN}),
    Hazard.RADIATION: frozenset({_E.HARMFUL, _E.MINOR_FORBIDDEN}),
    Hazard.NOISE: frozenset(),
    Hazard.HEAT: frozenset({_E.MINOR_FORBIDDEN}),
    Hazard.UNDERGROUND: frozenset({_E.HARMFUL, _E.MINOR_FORBIDDEN, _E.FEMALE_FORBIDDEN}),
    Hazard.VENUE: frozenset({_E.ENTERTAINMENT}),
}
_AT_NIGHT = frozenset({Shift.NIGHT, Shift.THREE})
_FIRST_MONTH = 9  # a school year begins in September
FEWEST_ALIKE = 5  # students of one school whose major may be published


def hazards_of(codes: Iterable[str]) -> frozenset[engine.Hazard]:
    """What the law asks of these hazards of a post."""
    return frozenset[engine.Hazard]().union(*(_HAZARDS[code] for code in codes))


def grade_on(student: Student, on: date) -> int:
    """The student's year at school on a day; 1 is the first."""
    return on.year - student.cohort.entry_year + (on.month >= _FIRST_MONTH)


def student_facts(student: Student, on: date) -> engine.StudentFacts:
    """What the rules ask about a student on the day the post begins."""
    cohort = student.cohort
    grade = grade_on(student, on)
    return engine.StudentFacts(
        born=student.birth_date,
        grade=grade,
        sex=_SEXES[Sex(student.sex)],
        major_code=cohort.major_code,
    )


class Stated(NamedTuple):
    """What a post states that the rules ask about, read without the rest of it."""

    kind: str
    major_codes: list[str]
    hazards: list[str]
    shift: str
    starts_on: date
    ends_on: date
    wage_fen: int
    peer_wage_fen: int
    lowest_wage_fen: int


def post_facts(post: Post | Stated) -> engine.PostFacts:
    """What the rules ask about a post."""
    return engine.PostFacts(
        kind=_KINDS[PostKind(post.kind)],
        major_codes=frozenset(post.major_codes),
        hazards=hazards_of(post.hazards),
        night_shift=post.shift in _AT_NIGHT,
        starts=post.starts_on,
        pay=post.wage_fen,
        same_post_wage=post.peer_wage_fen or None,
        lowest_wage_grade=post.lowest_wage_fen or None,
    )


_RESERVED = Finding(Bar.OTHER, "这些名额专供其他批次", "")
_ABSENT = Finding(Bar.OTHER, "岗位时间与该批次可到岗时间没有重合", "")


def hindrances(student: Student, round_post: RoundPost) -> list[Finding]:
    """Every rule that keeps a student from a post of a round; empty when eligible."""
    return _hindrances(student, round_post.post, round_post.reserved_for_id)


def fits(student: Student, rows: QuerySet[RoundPost]) -> dict[int, bool]:
    """Which of these posts of a round the student could get, by key in the rows' order."""
    asked = rows.values_list("pk", "reserved_for", *(f"post__{name}" for name in Stated._fields))
    return {
        pk: not _hindrances(student, Stated(*facts), reserved_for)
        for pk, reserved_for, *facts in asked
    }


def _hindrances(student: Student, post: Post | Stated, reserved_for: int | None) -> list[Finding]:
    cohort = student.cohort
    found = list(engine.findings(student_facts(student, post.starts_on), post_facts(post)))
    if reserved_for not in (None, student.cohort_id):
        found.append(_RESERVED)
    if post.starts_on >= cohort.available_to or post.ends_on <= cohort.available_from:
        found.append(_ABSENT)
    return found


@dataclass(frozen=True)
class Tables:
    """A round as the engine's files: name → header and rows, all text.

    `students` and `posts` lead from the files' ids back to our rows; `unscored` counts chosen,
    eligible pairs whose unit score is missing and counts as 0.
    """

    files: dict[str, list[Row]]
    students: dict[str, int]
    posts: dict[str, int]
    caps: list[Cap]
    unscored: int
    ineligible: int


@dataclass(frozen=True)
class _Pair:
    student: Student
    round_post: RoundPost
    rank: int
    score: Score | None
    bars: list[Finding]


def tables_of(round_: Round) -> Tables:
    """The round as it is now; seven queries for any size. Students appear under public ids only."""
    students = list(participants(round_).select_related("school", "cohort").order_by("pk"))
    posts = list(posts_of(round_).order_by("pk"))
    public = pseudonyms(settings.SECRET_KEY, round_.code, [student.pk for student in students])
    post_ids = {row.pk: public_post_id(row) for row in posts}
    pairs = _pairs(round_, students, posts)
    caps = caps_of(round_, posts)
    files = {
        "students.csv": _student_rows(students, public),
        "posts.csv": _post_rows(posts, post_ids),
        "preferences.csv": _preference_rows(pairs, public, post_ids),
        "priorities.csv": _priority_rows(round_, pairs, public, post_ids),
        "quotas.csv": _quota_rows(round_, caps, post_ids),
        "ineligible.csv": _ineligible_rows(pairs, public, post_ids),
    }
    return Tables(
        files=files,
        students={public[student.pk]: student.pk for student in students},
        posts={post_ids[row.pk]: row.pk for row in posts},
        caps=caps,
        unscored=sum(1 for pair in pairs if not pair.bars and pair.score is None),
        ineligible=sum(1 for pair in pairs if pair.bars),
    )


def public_post_id(row: RoundPost) -> str:
    """The post's number; with the cohort's behind it for seats reserved for an order class."""
    if row.reserved_for is None:
        return row.post.number
    return f"{row.post.number}+{row.reserved_for.number}"


def public_unit_id(unit: Unit) -> str:
    """The credit code, which is public."""
    return unit.credit_code or f"U{unit.pk}"


def _pairs(round_: Round, students: list[Student], posts: list[RoundPost]) -> list[_Pair]:
    by_student = {student.pk: student for student in students}
    by_post = {row.pk: row for row in posts}
    scores = {
        (score.round_post_id, score.student_id): score
        for score in Score.objects.filter(round_post__round=round_)
    }
    rows = Choice.objects.filter(sheet__round=round_).select_related("sheet")
    return [
        _Pair(
            student := by_student[row.sheet.student_id],
            post := by_post[row.round_post_id],
            row.rank,
            scores.get((row.round_post_id, row.sheet.student_id)),
            hindrances(student, post),
        )
        for row in rows.order_by("sheet", "rank")
        if row.sheet.student_id in by_student
    ]


def _student_rows(students: list[Student], public: dict[int, str]) -> list[Row]:
    majors = _shown_majors(students)
    rows = [
        (public[s.pk], public_unit_id(s.school), majors[s.school_id, s.cohort.major_code], s.school.name)
        for s in students
    ]  # fmt: skip
    return [("student_id", "school_id", "major_code", "school_name"), *sorted(rows)]


def _shown_majors(students: Iterable[Student]) -> dict[tuple[int, str], str]:
    """What is published of a major: of few students of a school the 大类, of fewer nothing.

    The match does not ask for it, and one student of a rare major would be known by it.
    """
    many = Counter((s.school_id, s.cohort.major_code) for s in students)
    groups: Counter[tuple[int, str]] = Counter()
    for (school, code), number in many.items():
        groups[school, code[:2]] += number
    return {
        (school, code): code
        if number >= FEWEST_ALIKE
        else code[:2]
        if groups[school, code[:2]] >= FEWEST_ALIKE
        else ""
        for (school, code), number in many.items()
    }


def _post_rows(posts: Iterable[RoundPost], ids: dict[int, str]) -> list[Row]:
    rows = [
        (
            ids[row.pk], public_unit_id(row.post.unit), row.post.occupation_code,
            str(row.capacity), str(row.minimum), shown_name(row), row.post.unit.name,
        )
        for row in posts
    ]  # fmt: skip
    header = ("post_id", "unit_id", "kind", "capacity", "minimum", "post_name", "unit_name")
    return [header, *sorted(rows)]


def shown_name(row: RoundPost) -> str:
    """A post as sentences name it: unit and title, and whom its seats are for."""
    name = f"{row.post.unit.called}·{row.post.title}"
    return f"{name}（专供 {row.reserved_for.title}）" if row.reserved_for else name


def _preference_rows(
    pairs: Iterable[_Pair], public: dict[int, str], ids: dict[int, str]
) -> list[Row]:
    rows = sorted((public[p.student.pk], p.rank, ids[p.round_post.pk]) for p in pairs)
    body = [(student, post, str(rank)) for student, rank, post in rows]
    return [("student_id", "post_id", "rank"), *body]


def _priority_rows(
    round_: Round, pairs: Iterable[_Pair], public: dict[int, str], ids: dict[int, str]
) -> list[Row]:
    rows = [
        (ids[p.round_post.pk], public[p.student.pk], _text(score_of(round_, p.student, p.score)))
        for p in pairs
        if not p.bars
    ]
    return [("post_id", "student_id", "score"), *sorted(rows)]


def _text(score: int) -> str:
    """Points without needless zeros: 83.5."""
    return points(score, MICRO).rstrip("0").rstrip(".")


def score_of(round_: Round, student: Student, score: Score | None) -> int:
    """The weighted score in millionths of a point; a score the unit did not give counts as 0."""
    criteria = {
        "unit": Decimal(score.hundredths if score else 0).scaleb(-2),
        "grade": student.grade_points,
        "skill": student.skill_points,
    }
    return weighted_score(criteria, round_.weights)


def _quota_rows(round_: Round, caps: Iterable[Cap], ids: dict[int, str]) -> list[Row]:
    rows: list[Row] = [
        (cap.scope.value, public_unit_id(cap.unit), cap.occupation_code, "", "", str(cap.capacity))
        for cap in caps
    ]
    rows += list(_share_rows(round_, ids))
    return [("scope", "unit_id", "kind", "post_id", "school_id", "capacity"), *sorted(rows)]


def _share_rows(round_: Round, ids: dict[int, str]) -> Iterator[Row]:
    shares = Quota.objects.filter(round=round_, scope=QuotaScope.SCHOOL_AT_POST)
    for row in shares.select_related("school"):
        assert row.school is not None and row.round_post_id is not None  # quota_scope
        school = public_unit_id(row.school)
        yield row.scope, "", "", ids[row.round_post_id], school, str(row.capacity)


def _ineligible_rows(
    pairs: Iterable[_Pair], public: dict[int, str], ids: dict[int, str]
) -> list[Row]:
    rows = [(public[p.student.pk], ids[p.round_post.pk], p.bars[0].code) for p in pairs if p.bars]
    return [("student_id", "post_id", "code"), *sorted(rows)]
