"""Rounds for members: an enterprise scores who chose its posts, a school follows its students."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.verdict import Conflict, Refused, Verdict, refuse
from chanjiao.matching import queries, rules
from chanjiao.matching.choices import record_choices
from chanjiao.matching.enums import RoundState
from chanjiao.matching.models import Round, RoundPost
from chanjiao.matching.scoring import save_scores
from chanjiao.matching.sheets import CHOICES, SCORES
from chanjiao.needs.models import Student
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book, book
from chanjiao.web.account.imports import start
from chanjiao.web.member.score_grid import Line, lines_of, marks_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import BooleanFilter, ChoiceFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page

ROUNDS = ListPage(
    key="member.rounds",
    title="匹配轮次",
    columns=(
        ListColumn("title", "名称", sort="title"),
        ListColumn("kind", "类型", "get_kind_display"),
        ListColumn("state", "状态", kind="state", sort="state"),
        ListColumn("closes_at", "填报截止", kind="moment", sort="closes_at"),
        ListColumn("scores_due_at", "评分截止", kind="moment", sort="scores_due_at"),
    ),
    search=("title", "code"),
    filters=(ChoiceFilter(key="state", title="状态", choices=RoundState.choices),),
    link="member:round_detail",
    empty="本单位还没有参加匹配轮次。",
)


def _rounds(request: PageRequest) -> QuerySet[Round]:
    """Rounds of the consortium in which this unit's posts or cohorts take part."""
    rows = queries.visible_to(request.actor).filter(consortium=request.consortium)
    own = rows.filter(posts__post__unit=request.unit) | rows.filter(
        cohorts__cohort__unit=request.unit
    )
    return own.exclude(state=RoundState.DRAFT).exclude(seed_commitment="").distinct()


def _round(request: PageRequest, pk: int) -> Round:
    found: Round = get_object_or_404(_rounds(request), pk=pk)
    return found


@page("member")
def round_list(request: PageRequest) -> HttpResponseBase:
    return ROUNDS.respond(request, _rounds(request).order_by("-closes_at", "-pk"))


@page("member", template="rounds/member_round.html")
def round_detail(request: PageRequest, pk: int) -> Answer:
    round_ = _round(request, pk)
    posts = queries.unit_posts(request.actor, round_).filter(post__unit=request.unit)
    progress = queries.choosing_progress(round_, [request.unit.pk])
    return {
        "title": round_.title,
        "crumbs": [(ROUNDS.title, reverse("member:round_list"))],
        "round": round_,
        "posts": posts.order_by("post__number", "pk"),
        "progress": progress[0] if progress else None,
        "published": round_.state == RoundState.PUBLISHED,
        "seen": round_.state in rules.SHOWN_TO_UNITS,
    }


@page("member", template="rounds/scoring_list.html")
def scoring_list(request: PageRequest) -> Answer:
    own = RoundPost.objects.filter(post__unit=request.unit).values("round")
    rounds = _rounds(request).filter(state=RoundState.SCORING, pk__in=own)
    rounds = rounds.order_by("scores_due_at", "pk")
    found = [
        (round_, queries.unit_posts(request.actor, round_).filter(post__unit=request.unit))
        for round_ in rounds
    ]
    return {"title": "评分", "rounds": [(r, rows.order_by("pk")) for r, rows in found]}


# Scores --------------------------------------------------------------------------------------
@page("member", writes=True, template="rounds/score_grid.html")
def score(request: PageRequest, pk: int, post_pk: int) -> Answer:
    round_ = _round(request, pk)
    row = _own_post(request, round_, post_pk)
    verdict = rules.may_score(request.actor, row, request.at)
    lines = lines_of(queries.applicants(request.actor, row), request.POST, book())
    trouble = ""
    if request.method == "POST":
        trouble = _save(request, row, lines)
        if not trouble:
            messages.success(request, "评分已保存。")
            return redirect("member:round_score", pk, post_pk)
    published = round_.state == RoundState.PUBLISHED
    return {
        "title": row.post.title,
        "crumbs": [(round_.title, reverse("member:round_detail", args=[pk]))],
        "round": round_,
        "row": row,
        "lines": lines,
        "verdict": verdict,
        "trouble": trouble,
        "placed": queries.placed_at(request.actor, row) if published else None,
        "missing": sum(1 for line in lines if line.score is None),
    }


def _own_post(request: PageRequest, round_: Round, pk: int) -> RoundPost:
    rows = queries.posts_of(round_).select_related("round__consortium")
    found: RoundPost = get_object_or_404(rows.filter(post__unit=request.unit), pk=pk)
    return found


def _save(request: PageRequest, row: RoundPost, lines: list[Line]) -> str:
    """Empty when saved; else what to do. What was typed stays on the page."""
    marks = marks_of(lines)
    if any(line.error for line in lines):
        request.page_status = 422
        return "有评分填写不对，没有保存。请按提示修改。"
    try:
        save_scores(row, marks, by=request.actor, at=request.at)
    except Refused as refusal:
        request.page_status = 409 if isinstance(refusal, Conflict) else 422
        return refusal.reason
    return ""


@page("member", writes=True)
def score_import(request: PageRequest, pk: int) -> HttpResponseBase:
    """The unit's applicants as a workbook, out and in."""
    round_ = _round(request, pk)
    if not round_.posts.filter(post__unit=request.unit).exists():
        raise Http404
    scope = {"round": round_.pk, "unit": request.unit.pk}
    return start(request, SCORES.key, scope, reverse("member:round_detail", args=[pk]))


# A school's students -------------------------------------------------------------------------
STUDENTS = "本校学生志愿与结果"


def students_page(round_pk: int, known: Book) -> ListPage:
    """The list of a school's students; names of majors are read once, not for each row."""
    return ListPage(
        key="member.round_students",
        title=STUDENTS,
        columns=(
            ListColumn("name", "姓名", sort="name"),
            ListColumn("number", "学号", "student_number", sort="student_number"),
            ListColumn("cohort", "批次", "cohort.title", sort="cohort__title"),
            ListColumn("major", "专业", lambda row: known.name(Table.MAJOR, row.cohort.major_code)),
            ListColumn("chosen", "已填志愿", "has_chosen", kind="boolean"),
            ListColumn("unit", "录取单位", "outcome_unit"),
            ListColumn("post", "录取岗位", "outcome_post"),
            ListColumn("rank", "录取志愿", "outcome_rank", kind="number"),
            ListColumn("pseudonym", "公示编号"),
        ),
        search=("name", "student_number"),
        filters=(BooleanFilter(key="chosen", title="已填志愿", field="has_chosen"),),
        link=lambda row: reverse("member:round_student", args=[round_pk, row.pk]),
        empty="本校没有学生参加本轮。",
    )


def _students(request: PageRequest, round_: Round) -> QuerySet[Student]:
    rows = queries.school_students(request.actor, round_).filter(school=request.unit)
    outcome = queries.published_matches(round_).filter(student=OuterRef("pk"))

    def of(name: str) -> Subquery:
        return Subquery(outcome.values(name)[:1])

    return rows.annotate(
        outcome_unit=of("round_post__post__unit__name"),
        outcome_post=of("round_post__post__title"),
        outcome_rank=of("rank"),
        pseudonym=of("pseudonym"),
    )


@page("member")
def round_students(request: PageRequest, pk: int) -> HttpResponseBase:
    round_ = _round(request, pk)
    return students_page(pk, book()).respond(
        request,
        _students(request, round_),
        crumbs=[(round_.title, reverse("member:round_detail", args=[pk]))],
    )


class PaperForm(forms.Form):
    """A student's list from paper: one drop-down for each choice."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, posts: list[RoundPost], ranks: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.posts = {str(row.pk): row for row in posts}
        options = [("", "（不填）"), *((pk, _option(row)) for pk, row in self.posts.items())]
        self.ranks = [f"choice{rank}" for rank in range(1, ranks + 1)]
        for rank, name in enumerate(self.ranks, 1):
            self.fields[name] = forms.ChoiceField(
                label=f"志愿{rank}", choices=options, required=False,
                widget=forms.Select(attrs={"data-choose": ""}),
            )  # fmt: skip

    def listed(self) -> list[RoundPost]:
        """The chosen posts in order, gaps closed."""
        given = (self.cleaned_data[name] for name in self.ranks)
        return [self.posts[pk] for pk in given if pk]


def _option(row: RoundPost) -> str:
    return f"{row.post.number} {row.post.unit.called}·{row.post.title}"


@page("member", writes=True, template="rounds/paper.html")
def round_student(request: PageRequest, pk: int, student_pk: int) -> Answer:
    round_ = _round(request, pk)
    student: Student = get_object_or_404(_students(request, round_), pk=student_pk)
    sheet = queries.sheet_of(round_, student)
    listed = queries.chosen(sheet)
    initial: dict[str, Any] = {f"choice{rank}": row.pk for rank, row in enumerate(listed, 1)}
    initial["revision"] = sheet.revision if sheet else 0
    posts = list(queries.open_to(round_, student).order_by("post__number", "pk"))
    form = PaperForm(posts, round_.max_choices, request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: record_choices(
            student, round_, form.listed(), revision=form.cleaned_data["revision"],
            by=request.actor, at=request.at,
        ),
        then=reverse("member:round_students", args=[pk]), said=f"已录入 {student.name} 的志愿。",
    )  # fmt: skip
    return done or {
        "title": student.name,
        "crumbs": [
            (round_.title, reverse("member:round_detail", args=[pk])),
            (STUDENTS, reverse("member:round_students", args=[pk])),
        ],
        "form": form,
        "student": student,
        "sheet": sheet,
        "listed": listed,
        "verdict": _may_record(request, round_, student),
        "match": queries.outcome_of(round_, student),
    }


def _may_record(request: PageRequest, round_: Round, student: Student) -> Verdict:
    if student.school_id != request.unit.pk:
        return refuse("只能为本校学生代录志愿。")
    return rules.may_record_choices(request.actor, round_, student, request.at)


@page("member", writes=True)
def choice_import(request: PageRequest, pk: int) -> HttpResponseBase:
    """The school's students and their lists as a workbook, out and in."""
    round_ = _round(request, pk)
    if not round_.cohorts.filter(cohort__unit=request.unit).exists():
        raise Http404
    scope = {"round": round_.pk, "unit": request.unit.pk}
    return start(request, CHOICES.key, scope, reverse("member:round_students", args=[pk]))


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    return [
        path("rounds/", round_list, name="round_list"),
        path("scoring/", scoring_list, name="scoring_list"),
        path("rounds/<int:pk>/", round_detail, name="round_detail"),
        path("rounds/<int:pk>/posts/<int:post_pk>/", score, name="round_score"),
        path("rounds/<int:pk>/scores/", score_import, name="round_score_import"),
        path("rounds/<int:pk>/students/", round_students, name="round_students"),
        path("rounds/<int:pk>/students/<int:student_pk>/", round_student, name="round_student"),
        path("rounds/<int:pk>/choices/", choice_import, name="round_choice_import"),
    ]
