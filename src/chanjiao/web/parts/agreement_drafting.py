"""Drafting agreements on desk and member pages: pick a kind, fill in, many at once, look, send."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.http import Http404
from django.utils.text import Truncator

from chanjiao.agreements import actions, queries, rules, sending
from chanjiao.agreements.bridge import drafted_text
from chanjiao.agreements.enums import PartySide
from chanjiao.agreements.kinds import ADDENDUM, KindFacts, facts_of, is_shipped, kind_called
from chanjiao.agreements.models import Agreement
from chanjiao.agreements.rows import roles_for
from chanjiao.agreements.text import read_paragraphs
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, require
from chanjiao.needs.models import Cohort, Student
from chanjiao.needs.queries import students_visible_to
from chanjiao.web.parts.agreement_forms import BatchForm, DraftForm, Offered, initial_of
from chanjiao.web.parts.agreements import (
    MODEL_TEXT,
    address,
    crumbs,
    here,
    kinds_for,
    row_of,
)
from chanjiao.web.parts.council import member_units
from chanjiao.web.parts.council_forms import Revised
from chanjiao.web.parts.council_forms import text as long_text
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest
from chanjiao.web.parts.typed import whole

MOST_STUDENTS = 300


def agreement_pick(request: PageRequest) -> Answer:
    return _picking(request, kinds_for(request), "new", "起草协议")


def agreement_batch_pick(request: PageRequest) -> Answer:
    """The kinds that are about a student, to be drafted for many."""
    found = [kind for kind in kinds_for(request) if kind.about_student]
    return _picking(request, found, "batch_new", "批量起草")


def _picking(request: PageRequest, kinds: list[KindFacts], name: str, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "crumbs": crumbs(request),
        "kinds": [
            (kind, address(request, name, kind.code), "、".join(r.title for r in kind.roles),
             is_shipped(kind))
            for kind in kinds
        ],
        "model_text": MODEL_TEXT,
    }  # fmt: skip


def agreement_new(request: PageRequest, code: str) -> Answer:
    kind = _kind(request, code)
    initial = {"title": kind.name, "order": kind.order, "starts_on": day_of(request.at)}
    initial |= _own_place(request, kind)
    form = DraftForm(
        request.POST or None, initial=initial, kind=kind, roles=kind.roles,
        offered=_offered(request, kind),
    )  # fmt: skip
    done = submit(
        request, form,
        lambda: actions.create_agreement(
            kind, form.facts(), consortium=request.consortium, unit=request.unit, by=here(request),
            at=request.at,
        ),
        then=lambda made: address(request, "send", made.pk), said="草稿已保存，请核对后送签。",
    )  # fmt: skip
    return done or _form_page(request, f"起草{kind.name}", kind, form, address(request, "pick"))


def agreement_edit(request: PageRequest, pk: int) -> Answer:
    agreement = row_of(request, pk)
    require(rules.may_change(here(request), agreement))
    kind = facts_of(agreement.kind)
    form = DraftForm(
        request.POST or None, initial=initial_of(agreement, kind), kind=kind,
        roles=roles_for(agreement), offered=_offered(request, kind, agreement),
        student=agreement.student,
    )  # fmt: skip
    done = submit(
        request, form,
        lambda: actions.change_draft(
            agreement, form.facts(), revision=form.cleaned_data["revision"] or 0,
            by=here(request), at=request.at,
        ),
        then=address(request, "send", pk), said="已保存，请核对后送签。",
    )  # fmt: skip
    shown = _form_page(request, "修改草稿", kind, form, address(request, "detail", pk))
    return done or shown | {"crumbs": crumbs(request, agreement)}


def agreement_supplement(request: PageRequest, pk: int) -> Answer:
    original = row_of(request, pk)
    require(rules.may_supplement(here(request), original))
    kind = kind_called(request.consortium, ADDENDUM)
    title = Truncator(f"{original.title}之补充协议").chars(120)
    initial = {"title": title, "starts_on": day_of(request.at), "order": original.order}
    form = DraftForm(
        request.POST or None, initial=initial, kind=kind, roles=(), offered=Offered(()),
        student=original.student,
    )  # fmt: skip
    done = submit(
        request, form,
        lambda: actions.supplement_agreement(
            original, form.facts(), by=here(request), at=request.at
        ),
        then=lambda made: address(request, "send", made.pk), said="草稿已保存，请核对后送签。",
    )  # fmt: skip
    shown = _form_page(request, "签补充协议", kind, form, address(request, "detail", pk))
    return done or shown | {"crumbs": crumbs(request, original)}


def renewed(request: PageRequest, agreement: Agreement, ends_on: date) -> Agreement:
    return actions.renew_agreement(agreement, ends_on=ends_on, by=here(request), at=request.at)


def _form_page(
    request: PageRequest, title: str, kind: KindFacts, form: DraftForm, cancel: str
) -> dict[str, Any]:
    return {
        "title": title, "crumbs": crumbs(request), "form": form, "kind": kind, "cancel": cancel,
        "model_text": MODEL_TEXT if is_shipped(kind) else "",
    }  # fmt: skip


def _kind(request: PageRequest, code: str) -> KindFacts:
    found = next((kind for kind in kinds_for(request) if kind.code == code), None)
    if found is None:
        raise Http404
    return found


def _own_place(request: PageRequest, kind: KindFacts) -> dict[str, int]:
    """The drafting unit stands where its side does; elsewhere nobody is chosen beforehand."""
    wanted = {"school"} if request.unit.is_school else {"enterprise", "provider"}
    units = [role.code for role in kind.roles if role.side == PartySide.UNIT]
    place = next((code for code in units if code in wanted), None)
    return {f"party-{place}": request.unit.pk} if place and request.audience == "member" else {}


def _offered(
    request: PageRequest, kind: KindFacts, agreement: Agreement | None = None
) -> Offered:  # fmt: skip
    """Members and the office; units that already stand in the agreement; a school's own students."""
    units = {unit.pk: unit for unit in member_units(request.consortium, day_of(request.at))}
    units[request.consortium.secretariat_id] = request.consortium.secretariat
    for party in queries.parties_of(agreement) if agreement else []:
        if party.unit is not None:
            units[party.unit.pk] = party.unit
    students = list(_students(request)) if kind.about_student and agreement is None else []
    return Offered(sorted(units.values(), key=lambda unit: unit.name), students)


def _students(request: PageRequest) -> Any:
    rows = students_visible_to(here(request)).filter(
        school=request.unit, cohort__consortium=request.consortium
    )
    return rows.select_related("cohort", "school", "user").order_by("student_number", "pk")


# Many at once ------------------------------------------------------------------------------------
def agreement_batch(request: PageRequest, code: str) -> Answer:
    """One form for what all have in common, a list of students to tick."""
    kind = _kind(request, code)
    if not kind.about_student:
        raise Http404
    cohorts = Cohort.objects.filter(unit=request.unit, consortium=request.consortium)
    cohort = _cohort(request, list(cohorts.order_by("-number")))
    students: list[Student] = []
    if cohort is not None:
        students = list(_students(request).filter(cohort=cohort)[:MOST_STUDENTS])
    initial = {"title": kind.name, "order": kind.order, "starts_on": day_of(request.at)}
    initial |= _own_place(request, kind)
    units = _offered(request, kind)
    form = DraftForm(
        request.POST or None, initial=initial, kind=kind, roles=kind.roles, offered=units, many=True
    )
    guardian = any(role.side == PartySide.GUARDIAN for role in kind.roles)
    ticks = BatchForm(request.POST or None, students=students, guardian=guardian)
    done = None
    if ticks.is_valid() or request.method != "POST":
        done = submit(
            request, form, lambda: _create_many(request, kind, form, ticks),
            then=lambda made: f"{address(request, 'list')}?state=draft",
            said="草稿已保存。请核对后勾选，点“送签所选草稿”。",
        )  # fmt: skip
    shown = _form_page(request, f"批量起草{kind.name}", kind, form, address(request, "batch"))
    more = {"ticks": ticks, "cohorts": cohorts.order_by("-number"), "cohort": cohort}
    return done or shown | more | {"guardian": guardian, "most": MOST_STUDENTS}


def _cohort(request: PageRequest, cohorts: list[Cohort]) -> Cohort | None:
    wanted = whole(request.GET.get("cohort", ""))
    chosen = next((one for one in cohorts if one.pk == wanted), None)
    return chosen or (cohorts[0] if cohorts else None)


def _create_many(
    request: PageRequest, kind: KindFacts, form: DraftForm, ticks: BatchForm
) -> list[Agreement]:
    chosen = ticks.chosen()
    if not chosen:
        raise Invalid({"__all__": ["请在下面的名单里勾选学生。"]})
    drafts = [form.facts(student, guardian) for student, guardian in chosen]
    return actions.create_agreements(
        kind, drafts, consortium=request.consortium, unit=request.unit, by=here(request),
        at=request.at,
    )  # fmt: skip


# Sending -----------------------------------------------------------------------------------------
class SendForm(Revised):
    why = forms.CharField(label="修改说明", max_length=200, help_text="签署方会看到。")

    def __init__(self, *args: Any, first: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if first:
            del self.fields["why"]


def send_page(request: PageRequest, agreement: Agreement) -> Answer:
    """The text as it will be signed, who signs and how, and the button."""
    require(rules.may_send(here(request), agreement))
    first = queries.current(agreement) is None
    initial = {"revision": agreement.revision}
    form = SendForm(request.POST or None, initial=initial, first=first)
    done = submit(
        request, form,
        lambda: sending.send_agreement(
            agreement, revision=form.cleaned_data["revision"] or 0,
            why=form.cleaned_data.get("why", ""), by=here(request), at=request.at,
        ),
        then=address(request, "detail", agreement.pk), said="已送签，各方会收到通知。",
    )  # fmt: skip
    if done is not None:
        return done
    parties = queries.parties_of(agreement)
    text, _ = drafted_text(agreement, parties)
    return {
        "title": "核对并送签",
        "crumbs": crumbs(request, agreement),
        "agreement": agreement,
        "form": form,
        "paragraphs": read_paragraphs(text),
        "parties": parties,
        "missing": _missing(agreement),
        "edit": address(request, "edit", agreement.pk),
    }


def _missing(agreement: Agreement) -> list[str]:
    """The values that sending will ask for."""
    fields = facts_of(agreement.kind).fields
    empty = (None, "")
    return [one.name for one in fields if one.required and agreement.values.get(one.name) in empty]


class ReasonForm(Revised):
    reason = long_text("原因", 3, max_length=200)


def reason_page(
    request: PageRequest, agreement: Agreement, act: Callable[..., Any], *, title: str, label: str,
    then: str, said: str, intro: str,
) -> Answer:  # fmt: skip
    """A step that asks for its reason."""
    form = ReasonForm(request.POST or None, initial={"revision": agreement.revision})
    done = submit(
        request, form,
        lambda: act(
            agreement, reason=form.cleaned_data["reason"],
            revision=form.cleaned_data["revision"] or 0, by=here(request), at=request.at,
        ),
        then=address(request, then, agreement.pk), said=said,
    )  # fmt: skip
    return done or {
        "title": title, "crumbs": crumbs(request, agreement), "form": form, "label": label,
        "intro": intro, "cancel": address(request, "detail", agreement.pk),
    }  # fmt: skip
