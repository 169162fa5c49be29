"""Excel both ways: a unit's scores of its applicants, and a school's paper lists."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F

from chanjiao.kernel.verdict import ALLOWED, Refused, Verdict, refuse
from chanjiao.matching import rules
from chanjiao.matching.choices import record_choices
from chanjiao.matching.enums import RoundState, RunState
from chanjiao.matching.models import Choice, Round, RoundPost, Score
from chanjiao.matching.queries import (
    chosen,
    outcomes,
    posts_of,
    school_students,
    sheet_of,
    visible_to,
)
from chanjiao.matching.scoring import Mark, save_scores
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book, book
from chanjiao.sheets.binding import Binding, Committed
from chanjiao.sheets.checking import CheckedRow
from chanjiao.sheets.layout import Column, Kind, Layout
from chanjiao.sheets.problems import Fault

Scope = Mapping[str, Any]


def _round_in(scope: Scope, actor: Actor | None) -> Round:
    found = visible_to(actor).filter(pk=int(scope.get("round") or 0)).first()
    if found is None:
        raise Refused("轮次不存在。")
    return found


# Scores --------------------------------------------------------------------------------------
SCORES = Layout(
    key="round_scores",
    title="报名学生评分表",
    sheet_name="评分",
    columns=(
        Column("application", "报名编号", required=True, locked=True, example="12-345"),
        Column("post", "岗位", locked=True, example="数控车工", width=20),
        Column("name", "姓名", locked=True, example="张三（示例）"),
        Column("school", "学校", locked=True, example="示例职业学院", width=20),
        Column("major", "专业", locked=True, example="机械制造及自动化", width=20),
        Column("grade", "综合成绩", Kind.DECIMAL, locked=True, example=Decimal("85.00")),
        Column("skill", "技能成绩", Kind.DECIMAL, locked=True, example=Decimal("80.00")),
        Column(
            "score", "评分", Kind.DECIMAL, unit="分", minimum=0, maximum=100,
            help="0 到 100，最多两位小数", example=Decimal("83.50"),
        ),
        Column("note", "评语", max_length=200, example="面试表现好"),
        Column("revision", "版本", Kind.INTEGER, locked=True, help="系统核对用，请勿改动", example=0),
    ),
    notes=(
        "请先下载：表中已填好本单位岗位的报名学生。",
        "只填“评分”和“评语”两列；评分留空的行不作改动。",
        "评分截止后不能再导入。",
    ),
    unique=(("application",),),
    max_rows=50_000,
)  # fmt: skip


@dataclass
class ScoreDesk:
    """For whom scores are read and written: a unit's posts in a round, and who applied."""

    actor: Actor
    round: Round
    posts: dict[int, RoundPost]
    students: dict[str, tuple[RoundPost, Student]]
    scores: dict[str, Score]
    at: datetime
    book: Book


def may_use_scores(user: Any, scope: Any) -> Verdict:
    """The unit's own people, for a round they see, from scoring on."""
    actor: Actor | None = user
    if actor is None or not actor.acts_for(int(scope.get("unit") or 0)):
        return refuse("只能为本单位的岗位评分。")
    if _round_in(scope, actor).state not in rules.SHOWN_TO_UNITS:
        return refuse("填报结束后才能查看报名学生。")
    return ALLOWED


def load_scores(*, user: Any, scope: Any, at: datetime) -> ScoreDesk:
    """The unit's posts, applicants (once published: who got the post) and scores; five queries."""
    round_ = _round_in(scope, user)
    posts = {row.pk: row for row in posts_of(round_).filter(post__unit=scope["unit"])}
    rows = Choice.objects.filter(round_post__in=list(posts))
    if round_.state == RoundState.PUBLISHED:
        rows = rows.filter(
            sheet__student__matches__round_post=F("round_post"),
            sheet__student__matches__run__state=RunState.ACCEPTED,
        )
    rows = rows.select_related("sheet__student__school", "sheet__student__cohort")
    order = ("round_post", "sheet__student__school__name", "sheet__student__student_number")
    students = {}
    for row in rows.order_by(*order):
        student = row.sheet.student
        students[_application(row.round_post_id, student.pk)] = posts[row.round_post_id], student
    scores = Score.objects.filter(round_post__in=list(posts))
    found = {_application(row.round_post_id, row.student_id): row for row in scores}
    return ScoreDesk(user, round_, posts, students, found, at, book())


def _application(post: int, student: int) -> str:
    return f"{post}-{student}"


def export_scores(context: Any) -> Iterator[dict[str, object]]:
    """Every applicant with the score there is."""
    desk: ScoreDesk = context
    for key, (post, student) in desk.students.items():
        score = desk.scores.get(key)
        yield {
            "application": key,
            "post": post.post.title,
            "name": student.name,
            "school": student.school.name,
            "major": desk.book.name(Table.MAJOR, student.cohort.major_code),
            "grade": student.grade_points,
            "skill": student.skill_points,
            "score": Decimal(score.hundredths).scaleb(-2) if score else None,
            "note": score.note if score else "",
            "revision": score.revision if score else 0,
        }


def check_scores(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Unknown applications, and scores that somebody changed since the download."""
    desk: ScoreDesk = context
    for row in rows:
        key = str(row.values["application"] or "")
        if not key:
            continue
        if key not in desk.students:
            yield Fault(
                "unknown_application", f"没有编号为 {key} 的报名", "请重新下载后再填", "application",
                row.number,
            )  # fmt: skip
            continue
        verdict = rules.may_score(desk.actor, desk.students[key][0], desk.at)
        if not verdict:
            yield Fault("closed", verdict.reason.rstrip("。"), "", "score", row.number)
        elif _stale(desk.scores.get(key), row):
            yield Fault(
                "changed", "下载之后此生的评分已被修改", "请重新下载后再填", "score", row.number
            )


def _stale(score: Score | None, row: CheckedRow) -> bool:
    if row.values["score"] is None or _mark_of(row) == (
        (score.hundredths, score.note) if score else None
    ):
        return False
    return (row.values["revision"] or 0) != (score.revision if score else 0)


def _mark_of(row: CheckedRow) -> tuple[int, str]:
    points = Decimal(str(row.values["score"]))
    return int(points * 100), str(row.values["note"] or "").strip()


def commit_scores(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """Save what differs, post by post; rows without a score stay as they are."""
    desk: ScoreDesk = context
    marks: dict[int, list[Mark]] = {}
    created = updated = 0
    for row in rows:
        key = str(row.values["application"])
        score = desk.scores.get(key)
        if row.values["score"] is None:
            continue
        hundredths, note = _mark_of(row)
        if score is not None and (score.hundredths, score.note) == (hundredths, note):
            continue
        post, student = desk.students[key]
        revision = score.revision if score else 0
        marks.setdefault(post.pk, []).append(Mark(student, hundredths, note, revision))
        created, updated = created + (score is None), updated + (score is not None)
    for pk, changed in marks.items():
        save_scores(desk.posts[pk], changed, by=by, at=at)
    return Committed(created, updated, len(rows) - created - updated)


# Paper lists ---------------------------------------------------------------------------------
def choices_layout(ranks: int) -> Layout:
    """学号, 姓名 and as many columns of choices as the round allows."""
    return Layout(
        key="round_choices",
        title="学生志愿表",
        sheet_name="志愿",
        columns=(
            Column("number", "学号", Kind.CODE, required=True, example="20240901", width=16),
            Column("name", "姓名", help="供核对，须与名册一致", example="张三（示例）"),
            *(
                Column(f"choice{rank}", f"志愿{rank}", Kind.CHOICE, width=30)
                for rank in range(1, ranks + 1)
            ),
        ),
        notes=(
            "每名学生一行，志愿按先后填写，中间不要空格。",
            "学生已自行填报的，学校不能代改。",
            "没有填任何志愿的行不作改动。",
        ),
        unique=(("number",),),
        max_rows=50_000,
    )


CHOICES = choices_layout(5)


@dataclass
class ChoiceDesk:
    """For whom lists are read and written: a school's students in a round."""

    actor: Actor
    round: Round
    posts: dict[int, RoundPost]
    students: dict[str, Student]
    at: datetime
    revisions: dict[int, int] = field(default_factory=dict)


def may_use_choices(user: Any, scope: Any) -> Verdict:
    """The school's own people, for a round they see."""
    actor: Actor | None = user
    if actor is None or not actor.acts_for(int(scope.get("unit") or 0)):
        return refuse("只能为本校学生代录志愿。")
    _round_in(scope, actor)
    return ALLOWED


def load_choices(*, user: Any, scope: Any, at: datetime) -> ChoiceDesk:
    """The round's posts and the school's students."""
    round_ = _round_in(scope, user)
    students = school_students(user, round_).filter(school=scope["unit"])
    posts = {row.pk: row for row in posts_of(round_)}
    sheets = round_.choice_sheets.filter(student__school=scope["unit"])
    revisions = dict(sheets.order_by().values_list("student", "revision"))
    by_number = {student.student_number: student for student in students}
    return ChoiceDesk(user, round_, posts, by_number, at, revisions)


def fit_choices(layout: Layout, context: Any) -> Layout:
    """The round's own number of choices, with its posts as drop-downs."""
    desk: ChoiceDesk = context
    options = [(pk, f"{row.post.number} {row}{_for(row)}") for pk, row in desk.posts.items()]
    fitted = choices_layout(desk.round.max_choices)
    ranks = range(1, desk.round.max_choices + 1)
    return fitted.with_choices(**{f"choice{rank}": options for rank in ranks})


def _for(row: RoundPost) -> str:
    return f"（专供 {row.reserved_for.title}）" if row.reserved_for else ""


def export_choices(context: Any) -> Iterator[dict[str, object]]:
    """Every student with the list there is."""
    desk: ChoiceDesk = context
    for outcome in outcomes(desk.round, list(desk.students.values())):
        values: dict[str, object] = {
            "number": outcome.student.student_number,
            "name": outcome.student.name,
        }
        ranks = range(1, desk.round.max_choices + 1)
        listed = dict(enumerate((row.pk for row in outcome.posts), 1))
        yield values | {f"choice{rank}": listed.get(rank) for rank in ranks}


def check_choice_rows(rows: Sequence[CheckedRow], context: Any) -> Iterator[Fault]:
    """Unknown students, wrong names, gaps, repeats, seats of other cohorts, own lists, deadline."""
    desk: ChoiceDesk = context
    for row in rows:
        for fault in _choice_faults(desk, row):
            yield Fault(fault.code, fault.message, fault.advice, fault.key, row.number)


def _choice_faults(desk: ChoiceDesk, row: CheckedRow) -> Iterator[Fault]:
    number, name = row.values["number"], row.values["name"]
    student = desk.students.get(str(number))
    if number is None:
        return
    if student is None:
        yield Fault(
            "unknown_student", f"本轮没有学号为 {number} 的本校学生", "请核对学号", "number"
        )
        return
    if name and str(name).strip() != student.name:
        yield Fault("other_name", f"学号 {number} 的姓名是“{student.name}”", "请核对", "name")
    listed = _listed(desk, row)
    if not listed or listed == _saved(desk, student):
        return
    given = [row.values[f"choice{rank}"] for rank in range(1, desk.round.max_choices + 1)]
    if None in given[: len(listed)]:
        yield Fault("gap", "志愿中间有空格", "请从志愿1起依次填写", "choice1")
    if len(set(listed)) < len(listed):
        yield Fault("repeated_post", "同一岗位填了两次", "请只留一次", "choice1")
    for pk in listed:
        if desk.posts[pk].reserved_for_id not in (None, student.cohort_id):
            yield Fault(
                "reserved", f"“{desk.posts[pk]}”的这些名额专供其他批次", "请改填", "choice1"
            )
    verdict = rules.may_record_choices(desk.actor, desk.round, student, desk.at)
    if not verdict:
        yield Fault("refused", verdict.reason.rstrip("。"), "请删去这一行", "number")


def _listed(desk: ChoiceDesk, row: CheckedRow) -> list[int]:
    given = (row.values[f"choice{rank}"] for rank in range(1, desk.round.max_choices + 1))
    return [int(str(pk)) for pk in given if pk is not None]


def _saved(desk: ChoiceDesk, student: Student) -> list[int]:
    if student.pk not in desk.revisions:
        return []
    return [row.pk for row in chosen(sheet_of(desk.round, student))]


def commit_choices(rows: Sequence[CheckedRow], *, by: Any, at: datetime, context: Any) -> Committed:
    """Record the lists that differ."""
    desk: ChoiceDesk = context
    created = updated = 0
    for row in rows:
        student, listed = desk.students[str(row.values["number"])], _listed(desk, row)
        if not listed or listed == _saved(desk, student):
            continue
        revision = desk.revisions.get(student.pk, 0)
        posts = [desk.posts[pk] for pk in listed]
        record_choices(student, desk.round, posts, revision=revision, by=by, at=at)
        created, updated = created + (revision == 0), updated + (revision > 0)
    return Committed(created, updated, len(rows) - created - updated)


BINDINGS = (
    Binding(
        layout=SCORES, may=may_use_scores, load=load_scores, check_rows=check_scores,
        commit=commit_scores, export_rows=export_scores,
    ),
    Binding(
        layout=CHOICES, may=may_use_choices, load=load_choices, fit=fit_choices,
        check_rows=check_choice_rows, commit=commit_choices, export_rows=export_choices,
    ),
)  # fmt: skip
