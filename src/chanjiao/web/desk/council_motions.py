"""The secretariat's motions: moved, avoided, put to the vote, called, counted, corrected."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, prefetch_related_objects
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.council import queries, rules, voting_actions
from chanjiao.council.bridge import figures_of, may_vote_now
from chanjiao.council.enums import BY_SEAT, Choice, VoteWay
from chanjiao.council.models import Attendance, Meeting, Motion, Threshold
from chanjiao.council.voting_actions import Counts, MotionFacts
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Refused, Verdict
from chanjiao.web.parts.council_forms import AvoidanceForm, CastingForm, CountsForm, MotionForm
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole


@dataclass(frozen=True)
class Panel:
    """One motion on the meeting's page with what may be done."""

    row: Motion
    need: Threshold | None
    votable: Verdict
    may_vote: Verdict
    may_edit: Verdict
    may_withdraw: Verdict
    may_correct: Verdict
    replied: int


def motion_panels(request: PageRequest, meeting: Meeting) -> list[Panel]:
    """Every motion of the meeting; the roll and the thresholds are read once for all of them."""
    actor = request.actor
    prefetch_related_objects([meeting], "attendances")
    needed = {threshold.kind: threshold for threshold in _thresholds(meeting)}
    rows = meeting.motions.select_related("resolution").annotate(replied=Count("votes"))
    found = []
    for row in rows.order_by("place", "pk").prefetch_related("avoidances__attendance"):
        row.meeting = meeting
        found.append(
            Panel(
                row,
                needed.get(row.kind),
                rules.may_put_to_vote(actor, row),
                rules.may_enter_votes(actor, row),
                rules.may_edit_motion(actor, row),
                rules.may_withdraw_motion(actor, row),
                rules.may_correct(actor, row),
                row.replied,
            )
        )
    return found


def _thresholds(meeting: Meeting) -> list[Threshold]:
    """The kinds of motion by the rules of the meeting's day."""
    body = meeting.body
    rule = meeting.rule or queries.rule_on(body.consortium, body.kind, day_of(meeting.starts_at))
    return list(rule.thresholds.all()) if rule else []


def _meeting(request: PageRequest, pk: int) -> Meeting:
    rows = queries.served_meetings(request.actor).filter(body__consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


def _motion(request: PageRequest, pk: int) -> Motion:
    rows = queries.motions_visible_to(request.actor).filter(
        meeting__body__consortium=request.consortium
    )
    return get_object_or_404(rows, pk=pk)


def _crumbs(meeting: Meeting) -> list[tuple[str, str]]:
    return [
        ("会议", reverse("desk:meeting_list")),
        (meeting.title, reverse("desk:meeting_detail", args=[meeting.pk])),
    ]


def _back(meeting: Meeting) -> str:
    return reverse("desk:meeting_detail", args=[meeting.pk])


@page("desk", writes=True, template="parts/form_page.html")
def motion_new(request: PageRequest, pk: int) -> Answer:
    meeting = _meeting(request, pk)
    form = MotionForm(
        request.POST or None, thresholds=_thresholds(meeting), written=meeting.is_written
    )
    done = submit(
        request, form,
        lambda: voting_actions.add_motion(
            meeting, _facts(form.cleaned_data), by=request.actor, at=request.at
        ),
        then=_back(meeting), said="议案已列入。",
    )  # fmt: skip
    return done or {"title": "列入议案", "crumbs": _crumbs(meeting), "form": form}


def _facts(given: dict[str, Any]) -> MotionFacts:
    return MotionFacts(**{k: v for k, v in given.items() if k != "revision"})


@page("desk", writes=True, template="parts/form_page.html")
def motion_edit(request: PageRequest, pk: int) -> Answer:
    motion = _motion(request, pk)
    meeting = motion.meeting
    initial = {
        name: getattr(motion, name)
        for name in ("title", "text", "kind", "way", "mover", "revision")
    }
    form = MotionForm(
        request.POST or None, initial=initial, thresholds=_thresholds(meeting),
        written=meeting.is_written,
    )  # fmt: skip
    done = submit(
        request, form,
        lambda: voting_actions.edit_motion(
            motion, _facts(form.cleaned_data), revision=form.cleaned_data["revision"] or 0,
            by=request.actor, at=request.at,
        ),
        then=_back(meeting), said="已保存。",
    )  # fmt: skip
    return done or {"title": "修改议案", "crumbs": _crumbs(meeting), "form": form}


@page("desk", writes=True, template="parts/form_page.html")
def motion_avoid(request: PageRequest, pk: int) -> Answer:
    motion = _motion(request, pk)
    seats = {row.pk: row for row in motion.meeting.attendances.filter(votes=True).order_by("place")}
    form = AvoidanceForm(request.POST or None, seats=seats.values())
    done = submit(
        request, form,
        lambda: voting_actions.set_avoidance(
            motion, seats[form.cleaned_data["seat"]], reason=form.cleaned_data["reason"],
            by=request.actor, at=request.at,
        ),
        then=_back(motion.meeting), said="已登记回避。",
    )  # fmt: skip
    intro = "回避的席位对这项议案不计入应到。" if seats else "发出会议通知后才有席位名册。"
    return done or {
        "title": f"登记回避：{motion.title}", "crumbs": _crumbs(motion.meeting), "form": form,
        "intro": intro,
    }  # fmt: skip


@page("desk", writes=True)
def motion_lift(request: PageRequest, pk: int, avoidance_pk: int) -> HttpResponseBase:
    motion = _motion(request, pk)
    rows = motion.avoidances.select_related("motion__meeting__body__consortium")
    row = get_object_or_404(rows, pk=avoidance_pk)
    if request.method == "POST":
        voting_actions.lift_avoidance(row, by=request.actor, at=request.at)
        messages.success(request, "已取消回避。")
    return redirect(_back(motion.meeting))


@page("desk", writes=True)
def motion_step(request: PageRequest, pk: int, step: str) -> HttpResponseBase:
    motion, by, at = _motion(request, pk), request.actor, request.at
    reason = request.POST.get("reason", "")
    steps: dict[str, Callable[[], Motion]] = {
        "vote": lambda: voting_actions.put_to_vote(motion, by=by, at=at),
        "stop": lambda: voting_actions.stop_vote(motion, by=by, at=at),
        "withdraw": lambda: voting_actions.withdraw_motion(motion, reason=reason, by=by, at=at),
    }
    if request.method != "POST" or step not in steps:
        raise Http404
    steps[step]()
    return redirect("desk:motion_votes", pk) if step == "vote" else redirect(_back(motion.meeting))


# Voting ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Ballot:
    """A line of the roll call. `choice` is empty where nothing may be seen or was cast."""

    row: Attendance
    choice: str
    replied: bool


@page("desk", writes=True, template="council/votes.html")
def motion_votes(request: PageRequest, pk: int) -> Answer | HttpResponseBase:
    """Roll call by seat, or counts; saved as often as wanted, then counted."""
    motion = _motion(request, pk)
    return _votes_page(request, motion, correcting=False)


@page("desk", writes=True, template="council/votes.html")
def motion_correct(request: PageRequest, pk: int) -> Answer | HttpResponseBase:
    """A wrong entry of a decided vote, with the reason."""
    return _votes_page(request, _motion(request, pk), correcting=True)


def _votes_page(
    request: PageRequest, motion: Motion, *, correcting: bool
) -> Answer | HttpResponseBase:
    by_seat = motion.way in BY_SEAT
    counts = CountsForm(None if by_seat else request.POST or None, initial=_known(motion))
    casting = CastingForm(request.POST or None)
    trouble = ""
    if request.method == "POST":
        try:
            return _done(request, motion, counts, casting, correcting=correcting)
        except Refused as refusal:
            request.page_status, trouble = 422, refusal.reason
    entitled, present = (
        (motion.entitled, motion.present) if correcting else figures_of(motion)
    )  # fmt: skip
    return {
        "title": f"{'更正表决' if correcting else '表决'}：{motion.title}",
        "crumbs": _crumbs(motion.meeting),
        "motion": motion,
        "need": queries.threshold_for(motion),
        "ballots": _ballots(request, motion, correcting=correcting) if by_seat else [],
        "choices": Choice.choices,
        "counts": None if by_seat else counts,
        "casting": casting,
        "trouble": trouble,
        "entitled": entitled,
        "present": present,
        "correcting": correcting,
        "secret_until_closed": motion.way == VoteWay.WRITTEN and not motion.meeting.was_held,
        "verdict": rules.may_correct(request.actor, motion)
        if correcting
        else rules.may_enter_votes(request.actor, motion),
        "may_decide": rules.may_decide(request.actor, motion, at=request.at),
    }  # fmt: skip


def _known(motion: Motion) -> dict[str, int | None]:
    return {
        "votes_for": motion.votes_for, "votes_against": motion.votes_against,
        "votes_abstained": motion.votes_abstained,
    }  # fmt: skip


def _ballots(request: PageRequest, motion: Motion, *, correcting: bool) -> list[Ballot]:
    seen = queries.votes_visible_to(request.actor).filter(motion=motion).order_by("pk")
    choices = {vote.attendance_id: vote.choice for vote in seen}
    cast = set(motion.votes.order_by("pk").values_list("attendance_id", flat=True))
    typed = _typed(request)
    if correcting:
        rows = list(motion.meeting.attendances.filter(pk__in=cast).order_by("place", "pk"))
    else:
        rows = may_vote_now(motion)
    return [Ballot(r, typed.get(r.pk, choices.get(r.pk, "")), r.pk in cast) for r in rows]


def _typed(request: PageRequest) -> dict[int, str]:
    return {
        whole(name.removeprefix("v-")): value
        for name, value in request.POST.items()
        if name.startswith("v-") and isinstance(value, str)
    }


def _done(
    request: PageRequest, motion: Motion, counts: CountsForm, casting: CastingForm, *,
    correcting: bool,
) -> HttpResponseBase:  # fmt: skip
    by, at, typed = request.actor, request.at, _typed(request)
    by_seat = motion.way in BY_SEAT
    figures = None if by_seat else _figures(counts)
    word = casting.cleaned_data["casting"] if casting.is_valid() else ""
    if correcting:
        reason = request.POST.get("reason", "")
        done = voting_actions.correct_votes(
            motion, reason=reason, counts=figures, choices=typed, casting=word, by=by, at=at
        )
        messages.success(request, f"已更正。{done.sentence}。")
        return redirect(_back(motion.meeting))
    if by_seat and typed:
        voting_actions.enter_votes(motion, typed, by=by, at=at)
    if "decide" not in request.POST:
        messages.success(request, "表决已保存。")
        return redirect("desk:motion_votes", motion.pk)
    done = voting_actions.decide_motion(motion, counts=figures, casting=word, by=by, at=at)
    messages.success(request, f"{done.sentence}。")
    return redirect(_back(motion.meeting))


def _figures(form: CountsForm) -> Counts:
    if not form.is_valid():
        raise Refused("请填写赞成、反对、弃权的票数。")
    given = form.cleaned_data
    return given["votes_for"], given["votes_against"], given["votes_abstained"]


def urls() -> list[URLPattern]:
    one = "council/meetings/motions/<int:pk>/"
    return [
        path("council/meetings/<int:pk>/motions/new/", motion_new, name="meeting_motion_new"),
        path(f"{one}edit/", motion_edit, name="motion_edit"),
        path(f"{one}avoid/", motion_avoid, name="motion_avoid"),
        path(f"{one}avoid/<int:avoidance_pk>/lift/", motion_lift, name="motion_lift"),
        path(f"{one}step/<slug:step>/", motion_step, name="motion_step"),
        path(f"{one}votes/", motion_votes, name="motion_votes"),
        path(f"{one}correct/", motion_correct, name="motion_correct"),
    ]
