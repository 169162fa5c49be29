"""Coming in by a mentor's link: whose it is, and pages that stay on no machine."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render

from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.links.queries import open_link
from chanjiao.training.entry_rules import SUBJECT
from chanjiao.training.models import Mentor
from chanjiao.web.parts.page import PageRequest


@dataclass(frozen=True, slots=True)
class Door:
    """A living link and its mentor."""

    token: str
    link: Link
    mentor: Mentor


def came_in(request: PageRequest, token: str) -> Door:
    """Who holds the link; `LinkGone` says why it opens nothing."""
    link = open_link(token, Purpose.MENTOR, at=request.at)
    if link.subject != SUBJECT:
        raise Http404
    mentor = Mentor.objects.select_related("unit").filter(pk=link.subject_id).first()
    if mentor is None:
        raise Http404
    return Door(token, link, mentor)


def shown(
    request: PageRequest, door: Door, template: str, context: dict[str, Any]
) -> HttpResponseBase:
    """The page; neither kept by a browser nor found by a search engine."""
    status = getattr(request, "page_status", 200)
    told = {"mentor": door.mentor, "link": door.link, "token": door.token, **context}
    answer = render(request, template, told, status=status)
    return unkept(answer)


def unkept(answer: HttpResponseBase) -> HttpResponseBase:
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
