"""A unit's own page, its people and invitations, and the members of its consortium."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.members import actions, rules
from chanjiao.members.enums import MemberRole
from chanjiao.members.models import Membership
from chanjiao.members.queries import contributions_visible_to, visible_to
from chanjiao.people.enums import UnitKind
from chanjiao.people.forms import OwnUnitForm, facts_of
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import book
from chanjiao.web.parts import members as shared
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ChoiceFilter, CodeFilter, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

FORM = "parts/form_page.html"

FELLOWS = ListPage(
    key="member.members",
    title="联合体成员",
    columns=(
        ListColumn("name", "单位名称", "unit.name", sort="unit__name"),
        ListColumn("kind", "类别", lambda row: row.unit.get_kind_display(), sort="unit__kind"),
        ListColumn("role", "成员角色", lambda row: row.get_role_display(), sort="role"),
        ListColumn("industries", "行业代码"),
        ListColumn("joined_on", "加入日期", kind="date", sort="joined_on"),
    ),
    search=("unit__name", "unit__short_name"),
    search_hint="搜索单位名称",
    filters=(
        ChoiceFilter(
            key="kind", title="类别", field="unit__kind",
            choices=[(k.value, k.label) for k in UnitKind if k is not UnitKind.OFFICE],
        ),
        ChoiceFilter(key="role", title="成员角色", choices=MemberRole.choices),
        CodeFilter(key="industry", title="行业代码", field="industries", listed=True),
    ),
    link="member:fellow",
    empty="没有符合条件的成员单位。",
)  # fmt: skip


@page("member", template="members/own.html")
def unit(request: PageRequest) -> Answer:
    """One's own unit as the consortium knows it."""
    membership = get_object_or_404(_own(request))
    own, names = membership.unit, book()
    verdict = rules.may_update_unit(request.actor, own, on=day_of(request.at))
    shown = shared.details(request, membership)
    return shown | {
        "title": own.name,
        "primary": Primary("修改资料", reverse("member:unit_edit"), verdict),
        "industries": [names.label(Table.INDUSTRY, code) for code in membership.industries],
        "division": names.name(Table.DIVISION, own.division_code),
        "history": shared.story_of(shown),
    }


@page("member", writes=True, template=FORM)
def unit_edit(request: PageRequest) -> Answer:
    """Facts the unit keeps itself; its name, kind and code are the secretariat's to correct."""
    own, home = request.unit, reverse("member:unit")
    form = OwnUnitForm(request.POST or None, initial=facts_of(own) | {"revision": own.revision})
    done = submit(
        request, form,
        lambda: actions.update_unit(
            own, form.facts(own), revision=form.cleaned_data["revision"],
            by=request.actor, at=request.at,
        ),
        then=home, said="已保存。",
    )  # fmt: skip
    return done or {
        "title": "修改单位资料", "form": form, "cancel": home, "crumbs": [(own.called, home)],
        "intro": "单位名称、类别、统一社会信用代码有误的，请联系秘书处更正。",
    }  # fmt: skip


@page("member")
def fellow_list(request: PageRequest) -> HttpResponseBase:
    """The present members of the consortium, without contacts."""
    rows = visible_to(request.actor).filter(consortium=request.consortium, left_on__isnull=True)
    return FELLOWS.respond(request, rows)


@page("member", template="members/fellow.html")
def fellow(request: PageRequest, pk: int) -> Answer:
    """What members know of each other."""
    membership = shared.membership_of(request, pk)
    names = book()
    return {
        "title": membership.unit.name, "membership": membership, "unit": membership.unit,
        "crumbs": [("联合体成员", reverse("member:fellow_list"))],
        "industries": [names.label(Table.INDUSTRY, code) for code in membership.industries],
        "contributions": contributions_visible_to(request.actor).filter(membership=membership),
    }  # fmt: skip


def _own(request: PageRequest) -> QuerySet[Membership]:
    rows: QuerySet[Membership] = visible_to(request.actor)
    return rows.filter(consortium=request.consortium, unit=request.unit, left_on__isnull=True)


contribution_add = page("member", writes=True, template=FORM)(shared.contribution_add)
contribution_edit = page("member", writes=True, template=FORM)(shared.contribution_edit)
contribution_remove = page("member", writes=True)(shared.contribution_remove)
contact_add = page("member", writes=True, template=FORM)(shared.contact_add)
contact_edit = page("member", writes=True, template=FORM)(shared.contact_edit)
contact_remove = page("member", writes=True)(shared.contact_remove)
people_list = page("member", template="people/list.html")(shared.people_list)
person_invite = page("member", writes=True, template=FORM)(shared.person_invite)
person_end = page("member", writes=True, template=FORM)(shared.person_end)
person_role = page("member", writes=True)(shared.person_role)
invitation_revoke = page("member", writes=True)(shared.invitation_revoke)


def urls() -> list[URLPattern]:
    """Addresses of one's own unit, its people, and the fellow members."""
    views: list[tuple[str, Any, str]] = [
        ("unit/", unit, "unit"),
        ("unit/edit/", unit_edit, "unit_edit"),
        ("members/", fellow_list, "fellow_list"),
        ("members/<int:pk>/", fellow, "fellow"),
        ("members/<int:pk>/contributions/add/", contribution_add, "contribution_add"),
        ("members/<int:pk>/contacts/add/", contact_add, "contact_add"),
        ("contributions/<int:pk>/", contribution_edit, "contribution_edit"),
        ("contributions/<int:pk>/remove/", contribution_remove, "contribution_remove"),
        ("contacts/<int:pk>/", contact_edit, "contact_edit"),
        ("contacts/<int:pk>/remove/", contact_remove, "contact_remove"),
        ("people/", people_list, "people_list"),
        ("people/invite/<int:pk>/", person_invite, "person_invite"),
        ("people/<int:pk>/end/", person_end, "person_end"),
        ("people/<int:pk>/role/", person_role, "person_role"),
        ("invitations/<int:pk>/revoke/", invitation_revoke, "invitation_revoke"),
    ]
    return [path(address, view, name=name) for address, view, name in views]
