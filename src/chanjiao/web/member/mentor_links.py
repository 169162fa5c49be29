"""Mentors' links: who has something waiting, the text to forward, a new link, an end to one."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.links.enums import Purpose
from chanjiao.links.models import Link
from chanjiao.links.queries import living_links, token_of
from chanjiao.training.entry_queries import WAIT_DAYS, kept_waiting, mentors_served
from chanjiao.training.entry_rules import SUBJECT, may_give_link
from chanjiao.training.models import Mentor
from chanjiao.training.review_actions import end_link, give_link
from chanjiao.web.parts.lists import BooleanFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page


def served(request: PageRequest) -> QuerySet[Any]:
    return mentors_served(request.actor).filter(consortium=request.consortium)


def overdue(request: PageRequest) -> QuerySet[Any]:
    """Those to be reminded."""
    return kept_waiting(served(request), at=request.at)


@page("member")
def mentor_link_list(request: PageRequest) -> HttpResponseBase:
    today = day_of(request.at)

    def days(mentor: Mentor) -> int | None:
        since = mentor.waiting_since  # type: ignore[attr-defined]
        return (today - day_of(since)).days if since else None

    late = overdue(request).order_by().values("pk")
    shown = ListPage(
        key="member.mentor_links",
        title="导师确认",
        columns=(
            ListColumn("name", "导师", sort="name"),
            ListColumn("unit", "单位", "unit.name", sort="unit__name"),
            ListColumn("contact", "联系方式"),
            ListColumn("waiting", "待确认", kind="number", unit="条", sort="waiting"),
            ListColumn("days", "已等", days, "number", sort="waiting_since", unit="天"),
        ),
        search=("name", "unit__name"),
        filters=(
            BooleanFilter(
                key="late", title="等待", yes=f"超过 {WAIT_DAYS} 天", no="没有超过",
                condition=Q(pk__in=late),
            ),
        ),
        link="member:mentor_link",
        empty="还没有企业导师。",
    )  # fmt: skip
    intro = f"导师从专用链接确认，不用账号。等待超过 {WAIT_DAYS} 天的，点姓名复制提醒转发给本人。"
    return shown.respond(request, served(request).order_by("-waiting", "name", "pk"), intro=intro)


def _mentor(request: PageRequest, pk: int) -> Mentor:
    found: Mentor = get_object_or_404(served(request), pk=pk)
    return found


@page("member", template="learning/mentor_link.html")
def mentor_link(request: PageRequest, pk: int) -> Answer:
    mentor = _mentor(request, pk)
    link = living_links(Purpose.MENTOR, SUBJECT, [mentor.pk]).get(mentor.pk)
    expired = link is not None and link.expires_at <= request.at
    return {
        "title": mentor.name,
        "crumbs": [("导师确认", reverse("member:mentor_link_list"))],
        "mentor": mentor,
        "link": None if expired else link,
        "expired": expired,
        "letter": _letter(request, mentor, link) if link and not expired else "",
        "verdict": may_give_link(request.actor, mentor),
    }


def _letter(request: PageRequest, mentor: Mentor, link: Link) -> str:
    """What is forwarded to the mentor, by whatever they read."""
    address = request.build_absolute_uri(reverse("mentor:waiting", args=[token_of(link)]))
    count = mentor.waiting  # type: ignore[attr-defined]
    told = f"有 {count} 条学生学习记录等您确认" if count else "学生的学习记录从这里确认"
    return (
        f"{mentor.name}师傅，您好：{told}，请用手机打开下面的链接，不用注册，几分钟即可办完。"
        f"链接只供您本人使用，请勿转发，有效至 {link.expires_at:%Y-%m-%d}。\n{address}"
    )


@page("member", writes=True)
def mentor_link_new(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("member:mentor_link", pk)
    give_link(_mentor(request, pk), by=request.actor, at=request.at)
    messages.success(request, "链接已生成，此前的链接即刻失效。")
    return redirect("member:mentor_link", pk)


@page("member", writes=True)
def mentor_link_end(request: PageRequest, pk: int) -> HttpResponseBase:
    if request.method != "POST":
        return redirect("member:mentor_link", pk)
    reason = request.POST.get("reason", "").strip()[:200]
    end_link(_mentor(request, pk), by=request.actor, at=request.at, reason=reason)
    messages.success(request, "链接已作废。")
    return redirect("member:mentor_link", pk)


def urls() -> list[URLPattern]:
    return [
        path("mentor-links/", mentor_link_list, name="mentor_link_list"),
        path("mentor-links/<int:pk>/", mentor_link, name="mentor_link"),
        path("mentor-links/<int:pk>/new/", mentor_link_new, name="mentor_link_new"),
        path("mentor-links/<int:pk>/end/", mentor_link_end, name="mentor_link_end"),
    ]
