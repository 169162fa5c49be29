"""A graduate's survey by a link, on a phone, without an account and without JavaScript."""

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path, reverse

from chanjiao.links.enums import Purpose
from chanjiao.links.queries import LinkGone, open_link
from chanjiao.reference.queries import book
from chanjiao.reference.relevance import occupation_name
from chanjiao.training.enums import Destination
from chanjiao.training.models import Outcome
from chanjiao.training.outcome_actions import answer_outcome
from chanjiao.training.outcome_sheet import POINT_NAMES
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.mentor_forms import AnswerForm
from chanjiao.web.parts.page import PageRequest, page


@page("portal", writes=True)
def survey(request: PageRequest, token: str) -> HttpResponseBase:
    """What was said so far, and the form to say or correct it until the link expires."""
    try:
        link = open_link(token, Purpose.SURVEY, at=request.at)
    except LinkGone as gone:
        return _gone(request, gone.reason)
    rows = Outcome.objects.select_related("student__school", "student__cohort")
    row = rows.get(pk=link.subject_id)
    known = book()
    form = AnswerForm(request.POST or None, row=row, known=known)
    done = submit(
        request, form,
        lambda: answer_outcome(
            link, form.given, revision=form.cleaned_data["revision"] or 0, at=request.at
        ),
        then=reverse("portal:survey", args=[token]), said="已收到，谢谢。截止前可以再次打开更正。",
    )  # fmt: skip
    if done:
        return _private(done)
    context = {
        "title": "毕业去向回访",
        "row": row,
        "point": POINT_NAMES[row.months],
        "answered": link.spent_at is not None,
        "unknown": row.destination == Destination.UNKNOWN,
        "occupation": occupation_name(row.occupation_code, known),
        "until": link.expires_at,
        "form": form,
    }
    status = getattr(request, "page_status", 200)
    return _private(render(request, "training/survey.html", context, status=status))


def _gone(request: PageRequest, reason: str) -> HttpResponseBase:
    shown = {"title": "链接不能使用", "reason": reason}
    return _private(render(request, "training/survey_gone.html", shown, status=410))


def _private(answer: HttpResponseBase) -> HttpResponseBase:
    """The address is the secret: it is neither kept by a shared machine nor told to another site."""
    answer["Cache-Control"] = "private, no-store"
    answer["Referrer-Policy"] = (
        "same-origin"  # none at all would send "Origin: null", which CSRF refuses
    )
    return answer


def urls() -> list[URLPattern]:
    """Addresses below /portal/."""
    return [path("survey/<str:token>/", survey, name="survey")]
