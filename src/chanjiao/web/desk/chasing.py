"""Units to chase: those that handed in nothing this quarter, those nobody acts for."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.period import Quarter
from chanjiao.members.queries import units_without_administrator
from chanjiao.needs.chasing import remind_units
from chanjiao.needs.queries import silent_units
from chanjiao.people.models import Unit
from chanjiao.web.parts.lists import BulkAction, ListColumn, ListPage, picked
from chanjiao.web.parts.page import PageRequest, page

SILENT = ListPage(
    key="desk.silent",
    title="本季度尚未提交清单的单位",
    columns=(
        ListColumn("name", "单位", sort="name"),
        ListColumn("kind", "类别", lambda unit: unit.get_kind_display(), sort="kind"),
        ListColumn("people", "可通知人数", kind="number", unit="人"),
    ),
    search=("name",),
    bulk=(BulkAction("提醒所选单位", "desk:silent_remind", "向所选单位的办理人员发送提醒？"),),
    empty="所有企业和院校本季度都已提交清单。",
)


def _rows(request: PageRequest) -> QuerySet[Unit]:
    today = day_of(request.at)
    return silent_units(request.consortium, str(Quarter.of(today)), on=today)


@page("desk")
def silent_list(request: PageRequest) -> HttpResponseBase:
    quarter = Quarter.of(day_of(request.at))
    intro = (
        f"{quarter.label}截止 {quarter.last_day}。没有人代表的单位收不到提醒，请先邀请其管理员。"
    )
    return SILENT.respond(request, _rows(request), intro=intro)


@page("desk", writes=True)
def silent_remind(request: PageRequest) -> HttpResponseBase:
    if request.method == "POST":
        due = Quarter.of(day_of(request.at)).last_day
        units = picked(request, _rows(request))
        unreached = remind_units(request.consortium, units, due, by=request.actor, at=request.at)
        messages.success(request, "提醒已发送。")
        if unreached:
            names = "、".join(unit.called for unit in unreached)
            messages.warning(request, f"以下单位没有办理人员，请电话联系：{names}。")
    return redirect("desk:silent_list")


UNATTENDED = ListPage(
    key="desk.unattended",
    title="还没有管理员的成员单位",
    columns=(
        ListColumn("name", "单位", sort="name"),
        ListColumn("kind", "类别", lambda unit: unit.get_kind_display(), sort="kind"),
    ),
    search=("name",),
    link=lambda unit: reverse("desk:person_invite", args=[unit.pk]),
    empty="所有成员单位都有管理员。",
)


@page("desk")
def unattended_list(request: PageRequest) -> HttpResponseBase:
    """One click from each unit to inviting its administrator."""
    rows = units_without_administrator(request.consortium, day_of(request.at))
    return UNATTENDED.respond(request, rows, intro="点单位名称，即可邀请其管理员。")


def urls() -> list[URLPattern]:
    return [
        path("silent/", silent_list, name="silent_list"),
        path("silent/remind/", silent_remind, name="silent_remind"),
        path("unattended/", unattended_list, name="unattended_list"),
    ]
