"""A student's own pages: what to do by when, choosing, and the result with its reasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.timezone import localtime

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Refused
from chanjiao.matching.bridge import fits, hindrances
from chanjiao.matching.choices import save_choices
from chanjiao.matching.enums import RoundState
from chanjiao.matching.models import Match, Round, RoundPost
from chanjiao.matching.queries import (
    accepted_run,
    chosen,
    of_student,
    open_to,
    outcome_of,
    sheet_of,
)
from chanjiao.matching.rules import may_choose
from chanjiao.needs.enums import Hazard
from chanjiao.needs.models import Student
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book, book
from chanjiao.web.parts.care_tasks import student_tasks
from chanjiao.web.parts.filters import search
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.queue import in_order
from chanjiao.web.parts.typed import whole
from chanjiao.web.student.agreements import waiting_count
from chanjiao.web.student.placements import pressing

PAGE = 40
_FILTERS = ("q", "major", "occupation", "place", "fits")
_WORDS = ("post__title", "post__unit__name", "post__place", "post__number")


@dataclass(frozen=True)
class Card:
    """A post as a student sees it; `reasons` why the student cannot get it, empty if eligible."""

    row: RoundPost
    occupation: str
    majors: list[str]
    hazards: list[str]
    wants_mine: bool
    reasons: list[str]

    @property
    def fits(self) -> bool:
        return not self.reasons


def card(row: RoundPost, student: Student, known: Book) -> Card:
    """Facts of a post beside the student's own."""
    post = row.post
    return Card(
        row=row,
        occupation=known.name(Table.OCCUPATION, post.occupation_code),
        majors=[known.name(Table.MAJOR, code) for code in post.major_codes],
        hazards=[str(Hazard(code).label) for code in post.hazards],
        wants_mine=student.cohort.major_code in post.major_codes,
        reasons=[found.text for found in hindrances(student, row)],
    )


@dataclass(frozen=True)
class Standing:
    """One round as the student's home tells it: what to do now, and by when."""

    round: Round
    text: str
    url: str
    act: str
    due: datetime | None
    count: int

    @property
    def urgent(self) -> bool:
        return bool(self.act) and self.round.state == RoundState.CHOOSING and not self.count


@page("student", template="student/home.html")
def home(request: PageRequest) -> Answer:
    placement, dues = pressing(request)
    return {
        "title": "首页", "student": request.student, "standings": _standings(request),
        "to_sign": waiting_count(request), "placement": placement, "dues": dues,
        "care": in_order(student_tasks(request, day_of(request.at))),
    }  # fmt: skip


@page("student", template="student/round_list.html")
def round_list(request: PageRequest) -> Answer:
    return {"title": "填报志愿", "standings": _standings(request)}


@page("student", template="student/result_list.html")
def result_list(request: PageRequest) -> Answer:
    rounds = of_student(request.actor).filter(state=RoundState.PUBLISHED).order_by("-published_at")
    results = [(round_, outcome_of(round_, request.student)) for round_ in rounds]
    return {"title": "我的结果", "results": results}


def _standings(request: PageRequest) -> list[Standing]:
    rounds = of_student(request.actor).order_by("-closes_at", "-pk")
    return [_standing(request, round_) for round_ in rounds]


def _standing(request: PageRequest, round_: Round) -> Standing:
    choose = reverse("student:round", args=[round_.pk])
    sheet = sheet_of(round_, request.student)
    count = sheet.choices.count() if sheet else 0
    filled = f"已填 {count} 个志愿" if count else "还没有填报"
    if round_.state == RoundState.CHOOSING:
        if request.at < round_.opens_at:
            return Standing(
                round_, "即将开始，可以先看岗位", choose, "查看岗位", round_.opens_at, count
            )
        if request.at < round_.closes_at:
            return Standing(round_, filled, choose, "填报志愿", round_.closes_at, count)
        return Standing(round_, f"填报已截止，{filled}", choose, "查看志愿", None, count)
    if round_.state == RoundState.PUBLISHED:
        url = reverse("student:result", args=[round_.pk])
        return Standing(round_, "结果已公布", url, "查看结果", None, count)
    if round_.state == RoundState.CANCELLED:
        return Standing(round_, f"已取消：{round_.cancelled_reason}", choose, "", None, count)
    text = f"{filled}，正在{'评分' if round_.state == RoundState.SCORING else '审定'}，请等候公布"
    return Standing(round_, text, choose, "查看志愿", None, count)


# Choosing ------------------------------------------------------------------------------------
@page("student", template="student/choose.html")
def choose(request: PageRequest, pk: int) -> Answer:
    round_ = _round(request, pk)
    if round_.state == RoundState.PUBLISHED:
        return redirect("student:result", pk)
    student, known = request.student, book()
    sheet = sheet_of(round_, student)
    mine = chosen(sheet)
    shown = _shown(request.GET, round_, student)
    number = max(1, whole(request.GET.get("page", "")))
    return {
        "title": round_.title,
        "round": round_,
        "revision": sheet.revision if sheet else 0,
        "saved_at": sheet.saved_at if sheet else None,
        "mine": [card(row, student, known) for row in mine],
        "mine_ids": {row.pk for row in mine},
        "verdict": may_choose(request.actor, round_, student, request.at),
        "cards": [
            card(row, student, known)
            for row in _posts(round_, student, shown[(number - 1) * PAGE : number * PAGE])
        ],
        "count": len(shown),
        "next_page": number + 1 if len(shown) > number * PAGE else 0,
        "asked": {name: request.GET.get(name, "") for name in _FILTERS},
        "query": _query(request.GET),
        "places": _places(round_, student),
        "occupations": _occupations(round_, student, known),
        "own_major": known.name(Table.MAJOR, student.cohort.major_code),
        "now": request.at,
    }


def _shown(asked: QueryDict, round_: Round, student: Student) -> list[int]:
    """Keys of the posts the address asks for, those the student may get first."""
    rows = search(open_to(round_, student), asked.get("q", ""), _WORDS)
    if asked.get("place"):
        rows = rows.filter(post__place=asked["place"])
    if asked.get("occupation"):
        rows = rows.filter(post__occupation_code=asked["occupation"])
    if asked.get("major") == "mine":
        rows = rows.filter(post__major_codes__contains=f" {student.cohort.major_code} ")
    found = fits(student, rows.order_by("post__number", "pk"))
    if asked.get("fits") == "1":
        return [pk for pk, fitting in found.items() if fitting]
    return sorted(found, key=lambda pk: not found[pk])


def _query(asked: QueryDict) -> str:
    kept = asked.copy()
    kept.pop("page", None)
    return kept.urlencode()


def _places(round_: Round, student: Student) -> list[str]:
    rows = open_to(round_, student).order_by("post__place")
    return list(rows.values_list("post__place", flat=True).distinct())


def _occupations(round_: Round, student: Student, known: Book) -> list[tuple[str, str]]:
    rows = open_to(round_, student).order_by("post__occupation_code")
    codes = rows.values_list("post__occupation_code", flat=True).distinct()
    return [(code, known.name(Table.OCCUPATION, code)) for code in codes]


@page("student", writes=True)
def save(request: PageRequest, pk: int) -> HttpResponseBase:
    """The autosave: JSON in the answer, also for a refusal; a conflict brings the saved list."""
    round_ = _round(request, pk)
    wanted = [whole(text) for text in request.POST.getlist("posts")]
    try:
        posts = _posts(round_, request.student, wanted)
        sheet = save_choices(
            request.student, round_, posts, revision=_revision(request), by=request.actor,
            at=request.at,
        )  # fmt: skip
    except Conflict as conflict:
        return JsonResponse(_saved(request, round_) | {"message": conflict.reason}, status=409)
    except Refused as refusal:
        return JsonResponse({"message": refusal.reason}, status=422)
    return JsonResponse({"revision": sheet.revision, "saved_at": _clock(sheet.saved_at)})


def _saved(request: PageRequest, round_: Round) -> dict[str, Any]:
    sheet = sheet_of(round_, request.student)
    return {
        "revision": sheet.revision if sheet else 0,
        "posts": [
            {"id": row.pk, "name": row.post.title, "unit": row.post.unit.called}
            for row in chosen(sheet)
        ],
    }


@page("student", writes=True)
def change(request: PageRequest, pk: int) -> HttpResponseBase:
    """One step without JavaScript: `act` is add, remove, up or down and a post, as up:12."""
    round_ = _round(request, pk)
    sheet = sheet_of(round_, request.student)
    act, _, target = request.POST.get("act", "").partition(":")
    wanted = changed([row.pk for row in chosen(sheet)], act, whole(target))
    posts = _posts(round_, request.student, wanted)
    save_choices(
        request.student, round_, posts, revision=_revision(request), by=request.actor,
        at=request.at,
    )  # fmt: skip
    messages.success(request, f"志愿已保存（{_clock(request.at)}）。")
    query = request.POST.get("query", "")
    return redirect(f"{reverse('student:round', args=[pk])}?{query}#mine")


def changed(listed: Sequence[int], act: str, target: int) -> list[int]:
    """The list after one step; a step that makes no sense changes nothing."""
    found = list(listed)
    if act == "add" and target not in found:
        found.append(target)
    elif act == "remove" and target in found:
        found.remove(target)
    elif act in {"up", "down"} and target in found:
        at = found.index(target)
        to = at - 1 if act == "up" else at + 1
        if 0 <= to < len(found):
            found[at], found[to] = found[to], found[at]
    return found


def _posts(round_: Round, student: Student, wanted: Sequence[int]) -> list[RoundPost]:
    """The posts of these keys in this order; an unknown one is refused, not dropped."""
    known = {row.pk: row for row in open_to(round_, student).filter(pk__in=wanted)}
    if any(pk not in known for pk in wanted):
        raise Refused("所选岗位已不在本轮中，请刷新页面。")
    return [known[pk] for pk in wanted]


def _revision(request: PageRequest) -> int:
    return whole(request.POST.get("revision", ""))


def _clock(at: datetime) -> str:
    return localtime(at).strftime("%H:%M:%S")


# The result ----------------------------------------------------------------------------------
@page("student", template="student/result.html")
def result(request: PageRequest, pk: int) -> Answer:
    round_ = _round(request, pk)
    match = outcome_of(round_, request.student)
    if round_.state != RoundState.PUBLISHED or match is None:
        raise Http404
    return {
        "title": "我的结果",
        "round": round_,
        "match": match,
        "lines": explained(match),
        "run": accepted_run(round_),
    }


def explained(match: Match) -> list[dict[str, Any]]:
    """One line for each choice up to the outcome: which rank it was, and why."""
    return [{"rank": rank, **reason} for rank, reason in enumerate(match.reasons, 1)]


def _round(request: PageRequest, pk: int) -> Round:
    found: Round = get_object_or_404(of_student(request.actor), pk=pk)
    return found
