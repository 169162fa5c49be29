"""The secretariat's pages on its member units."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.http import HttpResponseBase
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import require
from chanjiao.members import actions, rules
from chanjiao.members.composition import composition_of
from chanjiao.members.duplicates import possible_duplicates
from chanjiao.members.enums import MemberRole
from chanjiao.members.forms import AdmitForm, LeaveForm, MembershipForm, RoleForm
from chanjiao.members.models import Membership
from chanjiao.members.queries import administered, merges_visible_to, visible_to
from chanjiao.people.enums import SIDES, UnitKind
from chanjiao.people.forms import UnitEditForm, facts_of
from chanjiao.people.models import Unit
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import book
from chanjiao.web.account.imports import start
from chanjiao.web.parts import members as shared
from chanjiao.web.parts.charts import Chart, bars, download
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import (
    BooleanFilter,
    ChoiceFilter,
    CodeFilter,
    ListAction,
    ListColumn,
    ListPage,
    SideFilter,
)
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

FORM = "parts/form_page.html"


MEMBERS = ListPage(
    key="desk.members",
    title="成员单位",
    columns=(
        ListColumn("name", "单位名称", "unit.name", sort="unit__name"),
        ListColumn("kind", "类别", lambda row: row.unit.get_kind_display(), sort="unit__kind"),
        ListColumn("role", "成员角色", lambda row: row.get_role_display(), sort="role"),
        ListColumn("industries", "行业代码"),
        ListColumn("joined_on", "加入日期", kind="date", sort="joined_on"),
        ListColumn("staff", "职工人数", "unit.staff_count", kind="number", unit="人",
                   sort="unit__staff_count"),
        ListColumn("administered", "管理员", lambda row: "有" if row.administered else "未开通"),
        ListColumn("state", "状态", lambda row: "已退出" if row.left_on else "在任"),
        ListColumn("credit_code", "统一社会信用代码", "unit.credit_code", screen=False),
        ListColumn("address", "地址", "unit.address", screen=False),
        ListColumn("left_on", "退出日期", kind="date", screen=False),
        ListColumn("left_reason", "退出原因", screen=False),
    ),
    search=("unit__name", "unit__short_name", "unit__credit_code"),
    search_hint="搜索单位名称、简称或信用代码",
    filters=(
        SideFilter(key="side", title="方面", field="unit__kind"),
        ChoiceFilter(
            key="kind", title="类别", field="unit__kind",
            choices=[(k.value, k.label) for k in UnitKind if k is not UnitKind.OFFICE],
        ),
        ChoiceFilter(key="role", title="成员角色", choices=MemberRole.choices),
        CodeFilter(key="industry", title="行业代码", field="industries", listed=True),
        BooleanFilter(
            key="left", title="状态", condition=Q(left_on__isnull=False), yes="已退出", no="在任"
        ),
        BooleanFilter(key="administered", title="管理员", yes="有", no="未开通"),
    ),
    actions=(
        ListAction("Excel 导入", "desk:member_import"),
        ListAction("成员图谱", "desk:member_map"),
        ListAction("疑似重复", "desk:member_duplicates"),
    ),
    link="desk:member_detail",
    empty="没有符合条件的成员单位。可以逐个加入，也可以下载模板填好后导入。",
)  # fmt: skip


def listed(request: PageRequest) -> QuerySet[Membership]:
    """The consortium's members, present ones first, and whether each has an administrator."""
    today = day_of(request.at)
    rows = visible_to(request.actor).filter(consortium=request.consortium)
    return rows.annotate(administered=administered("unit", today)).order_by(
        F("left_on").asc(nulls_first=True), "unit__name", "pk"
    )


@page("desk")
def member_list(request: PageRequest) -> HttpResponseBase:
    verdict = rules.may_admit(request.actor, request.consortium)
    primary = Primary("加入成员", reverse("desk:member_admit"), verdict)
    return MEMBERS.respond(request, listed(request), primary=primary)


@page("desk", template="members/detail.html")
def member_detail(request: PageRequest, pk: int) -> Answer:
    membership = shared.membership_of(request, pk)
    names, unit = book(), membership.unit
    elsewhere = unit.memberships.exclude(consortium=request.consortium)
    shown = shared.details(request, membership) | shared.people(request, unit)
    return shown | {
        "title": unit.name,
        "crumbs": [("成员单位", reverse("desk:member_list"))],
        "may_change": rules.may_change_membership(request.actor, membership),
        "may_leave": rules.may_leave(request.actor, membership),
        "industries": [names.label(Table.INDUSTRY, code) for code in membership.industries],
        "division": names.name(Table.DIVISION, unit.division_code),
        "elsewhere": elsewhere.filter(left_on__isnull=True).count(),
        "history": shared.story_of(shown),
    }


@page("desk", writes=True, template=FORM)
def member_admit(request: PageRequest) -> Answer:
    initial = {"joined_on": day_of(request.at)}
    form = AdmitForm(request.POST or None, initial=initial)
    done = submit(
        request, form, lambda: _admit(request, form),
        then=lambda row: reverse("desk:member_detail", args=[row.pk]),
        said="已加入。请添加联系人，并邀请该单位的管理员。",
    )  # fmt: skip
    return done or {
        "title": "加入成员", "form": form, "label": "加入", "cancel": reverse("desk:member_list"),
        "crumbs": [("成员单位", reverse("desk:member_list"))],
        "intro": "统一社会信用代码已登记过的单位，沿用其已有资料，只建立成员关系。",
    }  # fmt: skip


def _admit(request: PageRequest, form: AdmitForm) -> Membership:
    typed = form.cleaned_data
    return actions.admit_unit(
        request.consortium, form.facts(), role=typed["role"], industries=typed["industries"],
        joined_on=typed["joined_on"], by=request.actor, at=request.at,
    )  # fmt: skip


@page("desk", writes=True, template=FORM)
def member_unit(request: PageRequest, pk: int) -> Answer:
    """The unit's facts, its identity included."""
    membership = _changeable(request, pk)
    unit = membership.unit
    form = UnitEditForm(request.POST or None, initial=facts_of(unit) | {"revision": unit.revision})
    done = submit(
        request, form,
        lambda: actions.update_unit(
            unit, form.facts(unit), revision=form.cleaned_data["revision"],
            by=request.actor, at=request.at,
        ),
        then=_home(membership), said="已保存。",
    )  # fmt: skip
    return done or _form("修改单位资料", form, membership)


@page("desk", writes=True, template=FORM)
def member_edit(request: PageRequest, pk: int) -> Answer:
    """Industries and the day of joining."""
    membership = _changeable(request, pk)
    initial = {
        "industries": membership.industries, "joined_on": membership.joined_on,
        "revision": membership.revision,
    }  # fmt: skip
    form = MembershipForm(request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: actions.update_membership(
            membership, by=request.actor, at=request.at, **form.cleaned_data
        ),
        then=_home(membership), said="已保存。",
    )  # fmt: skip
    return done or _form("修改成员资料", form, membership)


@page("desk", writes=True, template=FORM)
def member_role(request: PageRequest, pk: int) -> Answer:
    membership = _changeable(request, pk)
    form = RoleForm(
        request.POST or None, initial={"role": membership.role, "revision": membership.revision}
    )
    done = submit(
        request, form,
        lambda: actions.change_role(
            membership, by=request.actor, at=request.at, **form.cleaned_data
        ),
        then=_home(membership), said="成员角色已变更。",
    )  # fmt: skip
    return done or _form("变更成员角色", form, membership)


@page("desk", writes=True, template=FORM)
def member_leave(request: PageRequest, pk: int) -> Answer:
    membership = _changeable(request, pk)
    form = LeaveForm(
        request.POST or None,
        initial={"left_on": day_of(request.at), "revision": membership.revision},
    )
    done = submit(
        request, form,
        lambda: actions.leave(
            membership, by=request.actor, at=request.at, **form.cleaned_data
        ),
        then=reverse("desk:member_list"), said=f"“{membership.unit.name}”已退出。",
    )  # fmt: skip
    intro = "退出后，该单位的历史记录保留，秘书处不能再修改；以后可以重新加入。"
    context = _form("退出联合体", form, membership)
    return done or context | {"intro": intro, "label": "确认退出"}


@page("desk", template="members/map.html")
def member_map(request: PageRequest) -> Answer:
    """The members by kind and role, and by industry and side."""
    charts = (_by_kind(request), _by_industry(request))
    return download(request, *charts) or {
        "title": "成员图谱", "charts": charts, "crumbs": [("成员单位", reverse("desk:member_list"))]
    }  # fmt: skip


def _by_kind(request: PageRequest) -> Chart:
    found = composition_of(request.consortium)
    roles = [(role.value, role.label) for role in MemberRole]
    rows = [
        {"kind": UnitKind(kind).label, "total": found.of_kind(kind)}
        | {role: found.by_kind.get((kind, role), 0) for role, _ in roles}
        for kind in found.kinds
    ]
    counts = "、".join(f"{side} {found.of_side(side)}" for side in SIDES)
    return Chart(
        key="kind", title=f"成员 {found.total} 家：{counts}", rows=rows,
        source=f"{request.consortium.short_name}成员名册", updated_at=request.at,
        columns=(
            ListColumn("kind", "类别"),
            *(ListColumn(role, label, kind="number", unit="家") for role, label in roles),
            ListColumn("total", "合计", kind="number", unit="家"),
        ),
        drawing=bars("kind", *(role for role, _ in roles), stacked=True, lying=True),
        empty="还没有成员单位。",
    )  # fmt: skip


def _by_industry(request: PageRequest) -> Chart:
    found, names = composition_of(request.consortium), book()
    rows = [
        {"industry": names.label(Table.INDUSTRY, code)}
        | {side: found.by_industry.get((code, side), 0) for side in SIDES}
        for code in found.industries
    ]
    title = f"成员最多的行业是{rows[0]['industry']}" if rows else "成员的行业"
    bare = f",{found.without_industry} 家未填行业" if found.without_industry else ""
    return Chart(
        key="industry", title=title, rows=rows, updated_at=request.at,
        source=f"{request.consortium.short_name}成员名册（一家多个行业的分别计入{bare}）",
        columns=(
            ListColumn("industry", "行业大类"),
            *(ListColumn(side, side, kind="number", unit="家") for side in SIDES),
        ),
        drawing=bars("industry", *SIDES, stacked=True, lying=True),
        empty="成员还没有填写行业代码。",
    )  # fmt: skip


@page("desk", writes=True)
def member_import(request: PageRequest) -> HttpResponseBase:
    """The member list as Excel: template, export, upload."""
    scope = {"consortium": request.consortium.pk}
    return start(request, "members", scope, reverse("desk:member_list"))


# Duplicates ---------------------------------------------------------------------------------


@page("desk", template="members/duplicates.html")
def member_duplicates(request: PageRequest) -> Answer:
    return {
        "title": "疑似重复的单位",
        "crumbs": [("成员单位", reverse("desk:member_list"))],
        "suspicions": possible_duplicates(request.consortium),
        "merges": list(merges_visible_to(request.actor)[:20]),
    }


@page("desk", template="members/merge.html", writes=True)
def member_merge(request: PageRequest) -> Answer:
    """Of two units that are, or were, members of the consortium."""
    rows = Unit.objects.filter(memberships__consortium=request.consortium).distinct()
    kept, duplicate = (shared.named_unit(request, name, rows) for name in ("kept", "duplicate"))
    home = reverse("desk:member_duplicates")
    return shared.merge(request, kept, duplicate, "desk:merge_detail", home)


@page("desk", template="members/merged.html", writes=True)
def merge_detail(request: PageRequest, pk: int) -> Answer:
    return shared.merged(request, pk, reverse("desk:member_duplicates"))


# Shared with the members' side --------------------------------------------------------------

contribution_add = page("desk", writes=True, template=FORM)(shared.contribution_add)
contribution_edit = page("desk", writes=True, template=FORM)(shared.contribution_edit)
contribution_remove = page("desk", writes=True)(shared.contribution_remove)
contact_add = page("desk", writes=True, template=FORM)(shared.contact_add)
contact_edit = page("desk", writes=True, template=FORM)(shared.contact_edit)
contact_remove = page("desk", writes=True)(shared.contact_remove)
people_list = page("desk", template="people/list.html")(shared.people_list)
person_invite = page("desk", writes=True, template=FORM)(shared.person_invite)
person_end = page("desk", writes=True, template=FORM)(shared.person_end)
person_role = page("desk", writes=True)(shared.person_role)
invitation_revoke = page("desk", writes=True)(shared.invitation_revoke)


def _changeable(request: PageRequest, pk: int) -> Membership:
    membership = shared.membership_of(request, pk)
    require(rules.may_change_membership(request.actor, membership))
    return membership


def _home(membership: Membership) -> str:
    return reverse("desk:member_detail", args=[membership.pk])


def _form(title: str, form: Any, membership: Membership) -> dict[str, Any]:
    home = _home(membership)
    crumbs = [("成员单位", reverse("desk:member_list")), (membership.unit.called, home)]
    return {"title": title, "form": form, "cancel": home, "crumbs": crumbs}


def urls() -> list[URLPattern]:
    """Addresses of members and of people, alike in both audiences where the name is the same."""
    one = "members/<int:pk>/"
    return [
        path("members/", member_list, name="member_list"),
        path("members/admit/", member_admit, name="member_admit"),
        path("members/import/", member_import, name="member_import"),
        path("members/map/", member_map, name="member_map"),
        path("members/duplicates/", member_duplicates, name="member_duplicates"),
        path("members/merge/", member_merge, name="member_merge"),
        path("members/merges/<int:pk>/", merge_detail, name="merge_detail"),
        path(one, member_detail, name="member_detail"),
        path(f"{one}unit/", member_unit, name="member_unit"),
        path(f"{one}edit/", member_edit, name="member_edit"),
        path(f"{one}role/", member_role, name="member_role"),
        path(f"{one}leave/", member_leave, name="member_leave"),
        path(f"{one}contributions/add/", contribution_add, name="contribution_add"),
        path(f"{one}contacts/add/", contact_add, name="contact_add"),
        path("contributions/<int:pk>/", contribution_edit, name="contribution_edit"),
        path("contributions/<int:pk>/remove/", contribution_remove, name="contribution_remove"),
        path("contacts/<int:pk>/", contact_edit, name="contact_edit"),
        path("contacts/<int:pk>/remove/", contact_remove, name="contact_remove"),
        path("people/", people_list, name="people_list"),
        path("people/invite/<int:pk>/", person_invite, name="person_invite"),
        path("people/<int:pk>/end/", person_end, name="person_end"),
        path("people/<int:pk>/role/", person_role, name="person_role"),
        path("invitations/<int:pk>/revoke/", invitation_revoke, name="invitation_revoke"),
    ]
