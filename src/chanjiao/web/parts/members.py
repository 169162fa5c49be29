"""Pages that the desk and the member's side share: contributions, contacts, people, invitations.

Each function is a view without its door: `web/desk/members.py` and `web/member/people.py` put
`@page` before it. Addresses have the same names in both audiences.
"""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import require
from chanjiao.members import actions, rules
from chanjiao.members.forms import ContactForm, ContributionForm, MergeForm, in_wan
from chanjiao.members.merging import merge_preview, merge_units, undo_merge
from chanjiao.members.models import Contact, Contribution, Membership
from chanjiao.members.queries import (
    appointments_visible_to,
    contacts_visible_to,
    contributions_visible_to,
    member_on,
    merges_visible_to,
    visible_to,
)
from chanjiao.people.enums import AppointmentRole
from chanjiao.people.forms import EndForm, InviteForm, ReasonForm
from chanjiao.people.models import Appointment, Invitation, Unit
from chanjiao.people.queries import appointments_of, invitations_of, lasting_administrators
from chanjiao.people.rules import may_lose
from chanjiao.trail.queries import about
from chanjiao.trail.words import word
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest
from chanjiao.web.parts.typed import whole

HISTORY_SHOWN = 30


# Where one stands ---------------------------------------------------------------------------


def membership_of(request: PageRequest, pk: int) -> Membership:
    """A membership of the consortium that the asker is in, or 404."""
    rows = visible_to(request.actor).filter(consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


def present_membership(request: PageRequest, unit: Unit) -> Membership | None:
    """The unit's membership of the asker's consortium today."""
    rows = visible_to(request.actor).filter(consortium=request.consortium, unit=unit)
    return rows.filter(member_on(day_of(request.at))).first()


def home_of(request: PageRequest, unit: Unit) -> str:
    """Where a unit's people are shown: its member page on the desk, else one's own people page."""
    if request.audience == "desk" and unit.pk != request.unit.pk:
        membership = present_membership(request, unit)
        if membership is None:
            raise Http404
        return reverse("desk:member_detail", args=[membership.pk])
    return reverse(f"{request.audience}:people_list")


def home_of_membership(request: PageRequest, membership: Membership) -> str:
    if request.audience == "desk":
        return reverse("desk:member_detail", args=[membership.pk])
    return reverse("member:unit")


# What a member's page shows -----------------------------------------------------------------


def details(request: PageRequest, membership: Membership) -> dict[str, Any]:
    """Contributions, contacts (for who may see them) and what may be done with them."""
    contacts = contacts_visible_to(request.actor).filter(membership=membership)
    contributions = contributions_visible_to(request.actor).filter(membership=membership)
    return {
        "membership": membership,
        "unit": membership.unit,
        "contributions": list(contributions),
        "contacts": list(contacts),
        "may_see_contacts": rules.may_see_contacts(request.actor, membership),
        "may_edit_details": rules.may_edit_details(request.actor, membership),
        "audience": request.audience,
    }


def people(request: PageRequest, unit: Unit) -> dict[str, Any]:
    """Who acts for the unit, who was invited, and what may be done with each."""
    today, actor = day_of(request.at), request.actor
    rows = list(appointments_of(unit))
    may_end = rules.may_appoint(actor, unit, on=today)
    lines = [
        {
            "row": row,
            "in_force": row.starts_on <= today and (row.ends_on is None or row.ends_on > today),
            "over": row.ends_on is not None and row.ends_on <= today,
            "may_end": bool(may_end) or row.user_id == actor.pk,
        }
        for row in rows
    ]
    return {
        "unit": unit,
        "audience": request.audience,
        "people": lines,
        "invitations": [_invitation(request, row) for row in invitations_of(unit)[:20]],
        "may_invite": rules.may_invite(actor, unit, AppointmentRole.STAFF, on=today),
        "has_administrator": lasting_administrators(unit, today).exists(),
    }


def _invitation(request: PageRequest, row: Invitation) -> dict[str, Any]:
    states = (
        (row.accepted_at, "accepted", "已接受"),
        (row.revoked_at, "closed", "已撤回"),
        (row.expires_at <= request.at, "lost", "已过期"),
    )
    code, label = next(((c, text) for on, c, text in states if on), ("queued", "待接受"))
    return {"row": row, "state": code, "label": label, "is_open": code == "queued"}


def story_of(shown: dict[str, Any]) -> list[dict[str, Any]]:
    """The history of everything a page shows of a member."""
    people_shown = (*shown.get("people", ()), *shown.get("invitations", ()))
    rows = [line["row"] for line in people_shown]
    return history(
        shown["membership"], shown["unit"], *shown["contributions"], *shown["contacts"], *rows
    )


def history(*subjects: Any) -> list[dict[str, Any]]:
    """What was done to rows one may see: who, what, when, why; the content is the auditor's."""
    return [
        {"at": entry.at, "who": entry.actor_name, "what": word(entry.action), "why": entry.reason}
        for entry in about(*subjects)[:HISTORY_SHOWN]
    ]


# Contributions and contacts -----------------------------------------------------------------


def contribution_add(request: PageRequest, pk: int) -> Answer:
    membership = membership_of(request, pk)
    require(rules.may_edit_details(request.actor, membership))
    home = home_of_membership(request, membership)
    form = ContributionForm(request.POST or None)
    done = submit(
        request, form,
        lambda: actions.add_contribution(
            membership, by=request.actor, at=request.at, **form.values()
        ),
        then=home, said="已添加。",
    )  # fmt: skip
    return done or _form("添加优势投入", form, membership, home)


def contribution_edit(request: PageRequest, pk: int) -> Answer:
    row = _contribution(request, pk)
    require(rules.may_edit_details(request.actor, row.membership))
    home = home_of_membership(request, row.membership)
    initial = {
        "advantage": row.advantage, "text": row.text,
        "amount": in_wan(row.amount_fen),
    }  # fmt: skip
    form = ContributionForm(request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: actions.change_contribution(row, by=request.actor, at=request.at, **form.values()),
        then=home, said="已保存。",
    )  # fmt: skip
    return done or _form("修改优势投入", form, row.membership, home)


def contribution_remove(request: PageRequest, pk: int) -> HttpResponseBase:
    row = _contribution(request, pk)
    require(rules.may_edit_details(request.actor, row.membership))
    home = home_of_membership(request, row.membership)
    if request.method == "POST":
        actions.remove_contribution(row, by=request.actor, at=request.at)
        messages.success(request, "已删除。")
    return redirect(home)


def contact_add(request: PageRequest, pk: int) -> Answer:
    membership = membership_of(request, pk)
    require(rules.may_edit_details(request.actor, membership))
    home = home_of_membership(request, membership)
    form = ContactForm(request.POST or None)
    done = submit(
        request, form,
        lambda: actions.add_contact(membership, form.facts(), by=request.actor, at=request.at),
        then=home, said="已添加。",
    )  # fmt: skip
    return done or _form("添加联系人", form, membership, home)


def contact_edit(request: PageRequest, pk: int) -> Answer:
    row = _contact(request, pk)
    require(rules.may_edit_details(request.actor, row.membership))
    home = home_of_membership(request, row.membership)
    initial = {name: getattr(row, name) for name in ContactForm.base_fields}
    form = ContactForm(request.POST or None, initial=initial)
    done = submit(
        request, form,
        lambda: actions.change_contact(row, form.facts(), by=request.actor, at=request.at),
        then=home, said="已保存。",
    )  # fmt: skip
    return done or _form("修改联系人", form, row.membership, home)


def contact_remove(request: PageRequest, pk: int) -> HttpResponseBase:
    row = _contact(request, pk)
    require(rules.may_edit_details(request.actor, row.membership))
    home = home_of_membership(request, row.membership)
    if request.method == "POST":
        actions.remove_contact(row, by=request.actor, at=request.at)
        messages.success(request, "已删除。")
    return redirect(home)


def _contribution(request: PageRequest, pk: int) -> Contribution:
    rows = contributions_visible_to(request.actor).select_related(
        "membership__unit", "membership__consortium"
    )
    return get_object_or_404(rows.filter(membership__consortium=request.consortium), pk=pk)


def _contact(request: PageRequest, pk: int) -> Contact:
    rows = contacts_visible_to(request.actor).select_related(
        "membership__unit", "membership__consortium"
    )
    return get_object_or_404(rows.filter(membership__consortium=request.consortium), pk=pk)


def _form(title: str, form: Any, membership: Membership, home: str) -> dict[str, Any]:
    return {
        "title": title, "form": form, "cancel": home, "crumbs": [(membership.unit.called, home)]
    }  # fmt: skip


# Merging ------------------------------------------------------------------------------------


def merge(request: PageRequest, kept: Unit, duplicate: Unit, done: str, home: str) -> Answer:
    """What a merge would move; posting carries it out. `done` names the page of the merge."""
    verdict = rules.may_merge(request.actor, kept, duplicate)
    form = MergeForm(request.POST or None)
    answer = submit(
        request, form,
        lambda: merge_units(kept, duplicate, by=request.actor, at=request.at, **form.cleaned_data),
        then=lambda row: reverse(done, args=[row.pk]), said="已合并，可以撤销。",
    )  # fmt: skip
    swap = QueryDict(mutable=True)
    swap.update({"kept": str(duplicate.pk), "duplicate": str(kept.pk)})
    return answer or {
        "title": "合并单位", "crumbs": [("返回", home)], "form": form,
        "plan": merge_preview(kept, duplicate) if verdict else None,
        "kept": kept, "duplicate": duplicate, "verdict": verdict,
        "swap": f"{request.path}?{swap.urlencode()}",
    }  # fmt: skip


def merged(request: PageRequest, pk: int, home: str) -> Answer:
    """A merge that was carried out, and its undoing."""
    row = get_object_or_404(merges_visible_to(request.actor), pk=pk)
    form = ReasonForm(request.POST or None)
    done = submit(
        request, form,
        lambda: undo_merge(row, by=request.actor, at=request.at, **form.cleaned_data),
        then=home, said="合并已撤销，各项记录已恢复原状。",
    )  # fmt: skip
    return done or {
        "title": f"“{row.duplicate.name}”并入“{row.kept.name}”", "crumbs": [("返回", home)],
        "merge": row, "form": form, "rows": sum(len(line["pks"]) for line in row.moved),
        "may_undo": rules.may_undo_merge(request.actor, row),
    }  # fmt: skip


def named_unit(request: PageRequest, name: str, rows: QuerySet[Unit]) -> Unit:
    """The unit that a parameter of the address numbers, among those that may be shown."""
    return get_object_or_404(rows, pk=whole(request.GET.get(name, "")))


# People -------------------------------------------------------------------------------------


def people_list(request: PageRequest) -> Answer:
    """Who acts for one's own unit (on the desk: the office), from when to when."""
    return people(request, request.unit) | {"title": f"代表“{request.unit.called}”办理业务的人员"}


def person_invite(request: PageRequest, pk: int) -> Answer:
    """Invite somebody to act for a unit. The link is shown once, in the answer to this form."""
    unit = _unit(request, pk)
    require(rules.may_invite(request.actor, unit, AppointmentRole.STAFF, on=day_of(request.at)))
    home = home_of(request, unit)
    form = InviteForm(request.POST or None, initial={"role": AppointmentRole.STAFF})
    context = {
        "title": "邀请人员", "form": form, "cancel": home, "label": "生成邀请链接",
        "crumbs": [(unit.called, home)],
        "intro": f"被邀请人打开链接，自设登录名和密码后，即可代表“{unit.name}”办理业务。",
    }  # fmt: skip
    made: list[tuple[Invitation, str]] = []

    def act() -> None:
        made.append(actions.invite_for(unit, by=request.actor, at=request.at, **form.cleaned_data))

    if submit(request, form, act, then=home) is None:
        return context
    return shown_once(request, *made[0], home)


def shown_once(request: PageRequest, row: Invitation, token: str, home: str) -> HttpResponse:
    link = request.build_absolute_uri(reverse("account_invitation", args=[token]))
    answer = render(
        request, "people/invited.html",
        {"title": "邀请链接", "invitation": row, "link": link, "home": home},
    )  # fmt: skip
    answer["Cache-Control"] = "no-store"
    return answer


def invitation_revoke(request: PageRequest, pk: int) -> HttpResponseBase:
    rows = Invitation.objects.exclude(role="").select_related("unit")
    row = get_object_or_404(rows, pk=pk)
    home = home_of(request, _unit(request, row.unit_id))
    if request.method == "POST":
        actions.revoke_invitation_for(row, by=request.actor, at=request.at)
        messages.success(request, f"已撤回对{row.name}的邀请。")
    return redirect(home)


def person_end(request: PageRequest, pk: int) -> Answer:
    """End an appointment; the last administrator's is refused, with what to do first."""
    row = _appointment(request, pk)
    home = home_of(request, row.unit)
    today = day_of(request.at)
    require(rules.may_end_appointment(request.actor, row, on=today))
    form = EndForm(request.POST or None, initial={"ends_on": today})
    done = submit(
        request, form,
        lambda: actions.end_appointment_for(
            row, by=request.actor, at=request.at, **form.cleaned_data
        ),
        then=home, said=f"{row.user.name}的任职已结束。",
    )  # fmt: skip
    return done or {
        "title": f"结束{row.user.name}的任职", "form": form, "cancel": home, "label": "结束任职",
        "crumbs": [(row.unit.called, home)], "intro": may_lose(row, today).reason,
    }  # fmt: skip


def person_role(request: PageRequest, pk: int) -> HttpResponseBase:
    """Make a 经办人 the 单位管理员, or the reverse."""
    row = _appointment(request, pk)
    home = home_of(request, row.unit)
    if request.method == "POST":
        role = request.POST.get("role", "")
        changed = actions.change_appointment_for(row, role=role, by=request.actor, at=request.at)
        messages.success(request, f"{row.user.name}现为{changed.get_role_display()}。")
    return redirect(home)


def _appointment(request: PageRequest, pk: int) -> Appointment:
    rows = appointments_visible_to(request.actor).select_related("unit", "user")
    row = get_object_or_404(rows, pk=pk)
    _unit(request, row.unit_id)
    return row


def _unit(request: PageRequest, pk: int) -> Unit:
    """One's own unit, or on the desk a present member of the consortium; 404 otherwise."""
    if pk == request.unit.pk:
        return request.unit
    unit = get_object_or_404(Unit, pk=pk)
    if request.audience != "desk" or present_membership(request, unit) is None:
        raise Http404
    return unit
