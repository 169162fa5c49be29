"""The secretariat's bodies, seats and charter rules."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse

from chanjiao.council import actions, queries, rules
from chanjiao.council.enums import BodyKind
from chanjiao.council.models import Body, CharterRule, Seat
from chanjiao.kernel.clock import day_of
from chanjiao.web.desk import (
    council_attendance,
    council_commitments,
    council_meetings,
    council_motions,
    council_papers,
    council_resolutions,
)
from chanjiao.web.parts.council import first, member_units
from chanjiao.web.parts.council_forms import (
    BodyForm,
    ReasonForm,
    RenewForm,
    RuleForm,
    SeatForm,
    ThresholdSet,
    threshold_values,
    thresholds_of,
)
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page


def _body(request: PageRequest, pk: int) -> Body:
    rows = queries.bodies_visible_to(request.actor).filter(consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


def _seat(request: PageRequest, pk: int) -> Seat:
    rows = queries.seats_visible_to(request.actor).filter(body__consortium=request.consortium)
    return get_object_or_404(rows.select_related("body__consortium", "unit"), pk=pk)


def _crumbs(body: Body | None = None) -> list[tuple[str, str]]:
    found = [("机构与席位", reverse("desk:body_list"))]
    return [*found, (body.name, reverse("desk:body_detail", args=[body.pk]))] if body else found


# Bodies ----------------------------------------------------------------------------------------
@page("desk", template="council/bodies.html")
def body_list(request: PageRequest) -> Answer:
    on = day_of(request.at)
    rows = queries.bodies_visible_to(request.actor).filter(consortium=request.consortium)
    found = list(rows.order_by("dissolved_on", "established_on", "pk"))
    order = list(BodyKind)
    found.sort(key=lambda body: (body.dissolved_on is not None, order.index(BodyKind(body.kind))))
    return {
        "title": "机构与席位",
        "primary": Primary("设立机构", reverse("desk:body_new")),
        "bodies": [(body, queries.seat_count(body, on)) for body in found],
        "expiring": queries.expiring_seats(request.consortium, on),
        "today": on,
    }


@page("desk", writes=True, template="parts/form_page.html")
def body_new(request: PageRequest) -> Answer:
    form = BodyForm(request.POST or None)

    def act() -> Body:
        given = {k: v for k, v in form.cleaned_data.items() if k != "revision"}
        return actions.create_body(request.consortium, by=request.actor, at=request.at, **given)

    done = submit(
        request, form, act, said="机构已设立，并带有默认的章程规则，请核对。",
        then=lambda body: reverse("desk:body_detail", args=[body.pk]),
    )  # fmt: skip
    intro = "成员大会的席位随成员资格自动产生；其他机构设立后再登记席位。"
    return done or {"title": "设立机构", "crumbs": _crumbs(), "form": form, "intro": intro}


@page("desk", template="council/body.html")
def body_detail(request: PageRequest, pk: int) -> Answer:
    body, on = _body(request, pk), day_of(request.at)
    rows = queries.rules_visible_to(request.actor).filter(
        consortium=request.consortium, body_kind=body.kind
    )
    return {
        "title": body.name,
        "crumbs": _crumbs(),
        "body": body,
        "may": rules.may_change_body(request.actor, body),
        "memberships": queries.assembly_seats(body, on) if body.is_assembly else [],
        "seats": queries.sitting(body, on),
        "past": body.seats.filter(ends_on__lte=on)
        .select_related("unit")
        .order_by("-ends_on", "pk"),
        "coming": body.seats.filter(starts_on__gt=on).select_related("unit").order_by("pk"),
        "soon": on + queries.EXPIRING,
        "rule": queries.rule_on(request.consortium, body.kind, on),
        "versions": rows.prefetch_related("thresholds"),
        "meetings": queries.served_meetings(request.actor).filter(body=body)[:5],
    }


@page("desk", writes=True, template="parts/form_page.html")
def body_edit(request: PageRequest, pk: int) -> Answer:
    body = _body(request, pk)
    initial = {"name": body.name, "charge": body.charge, "revision": body.revision}
    form = BodyForm(request.POST or None, initial=initial, body=body)
    done = submit(
        request, form,
        lambda: actions.change_body(body, by=request.actor, at=request.at, **form.cleaned_data),
        then=reverse("desk:body_detail", args=[pk]), said="已保存。",
    )  # fmt: skip
    return done or {"title": "修改机构", "crumbs": _crumbs(body), "form": form}


@page("desk", writes=True, template="parts/form_page.html")
def body_dissolve(request: PageRequest, pk: int) -> Answer:
    body = _body(request, pk)
    form = ReasonForm(request.POST or None, initial={"on": day_of(request.at)})
    done = submit(
        request, form,
        lambda: actions.dissolve_body(body, by=request.actor, at=request.at, **form.cleaned_data),
        then=reverse("desk:body_detail", args=[pk]), said="机构已撤销，席位同时结束。",
    )  # fmt: skip
    return done or {
        "title": f"撤销{body.name}", "crumbs": _crumbs(body), "form": form, "label": "撤销机构",
    }  # fmt: skip


# Seats -----------------------------------------------------------------------------------------
@page("desk", writes=True, template="parts/form_page.html")
def seat_new(request: PageRequest, pk: int) -> Answer:
    body, on = _body(request, pk), day_of(request.at)
    units = [*member_units(request.consortium, on), request.consortium.secretariat]
    rule = queries.rule_on(request.consortium, body.kind, on)
    initial = {"starts_on": on, "ends_on": _later(on, rule.term_years if rule else 4)}
    form = SeatForm(request.POST or None, initial=initial, body=body, units=units)

    def act() -> Seat:
        given = {k: v for k, v in form.cleaned_data.items() if k != "revision"}
        given["unit"] = first(units, lambda unit: unit.pk == given["unit"])
        return actions.fill_seat(body, by=request.actor, at=request.at, **given)

    done = submit(
        request, form, act, then=reverse("desk:body_detail", args=[pk]), said="席位已登记。"
    )
    return done or {"title": "登记席位", "crumbs": _crumbs(body), "form": form}


def _later(on: date, years: int) -> date:
    """The same day some years on; 29 February becomes 1 March."""
    try:
        return on.replace(year=on.year + years)
    except ValueError:
        return on.replace(year=on.year + years, day=28) + timedelta(days=1)


@page("desk", writes=True, template="parts/form_page.html")
def seat_edit(request: PageRequest, pk: int) -> Answer:
    seat = _seat(request, pk)
    names = ("holder", "position", "title", "votes", "ends_on", "revision")
    initial = {name: getattr(seat, name) for name in names}
    form = SeatForm(request.POST or None, initial=initial, body=seat.body)
    done = submit(
        request, form,
        lambda: actions.change_seat(seat, by=request.actor, at=request.at, **form.cleaned_data),
        then=reverse("desk:body_detail", args=[seat.body_id]), said="已保存。",
    )  # fmt: skip
    return done or {"title": "修改席位", "crumbs": _crumbs(seat.body), "form": form}


@page("desk", writes=True, template="parts/form_page.html")
def seat_end(request: PageRequest, pk: int) -> Answer:
    seat = _seat(request, pk)
    form = ReasonForm(request.POST or None, initial={"on": day_of(request.at)})
    done = submit(
        request, form,
        lambda: actions.end_seat(seat, by=request.actor, at=request.at, **form.cleaned_data),
        then=reverse("desk:body_detail", args=[seat.body_id]), said="已办理离任。",
    )  # fmt: skip
    return done or {
        "title": f"{seat.holder}离任", "crumbs": _crumbs(seat.body), "form": form,
        "label": "办理离任", "intro": "从所填日期起不再在任。",
    }  # fmt: skip


@page("desk", writes=True, template="parts/form_page.html")
def seat_renew(request: PageRequest, pk: int) -> Answer:
    """Re-election of several seats at once."""
    body, on = _body(request, pk), day_of(request.at)
    seats = queries.sitting(body, on)
    rule = queries.rule_on(request.consortium, body.kind, on)
    last = max((seat.ends_on for seat in seats), default=on)
    form = RenewForm(
        request.POST or None, initial={"ends_on": _later(last, rule.term_years if rule else 4)}
    )
    form.fields["seats"].choices = [  # type: ignore[attr-defined]
        (seat.pk, f"{seat.get_title_display()} {seat.holder}（至 {seat.ends_on}）")
        for seat in seats
    ]
    by_pk = {seat.pk: seat for seat in seats}
    done = submit(
        request, form,
        lambda: actions.renew_seats(
            body, [by_pk[one] for one in form.cleaned_data["seats"]],
            ends_on=form.cleaned_data["ends_on"], by=request.actor, at=request.at,
        ),
        then=reverse("desk:body_detail", args=[pk]), said="已登记连任，新任期从原任期届满日开始。",
    )  # fmt: skip
    return done or {
        "title": "换届连任", "crumbs": _crumbs(body), "form": form, "label": "登记连任",
        "intro": "换人的席位请用“登记席位”。" if seats else "没有在任的席位，不能连任。",
    }  # fmt: skip


# Rules -----------------------------------------------------------------------------------------
_RULE_FIELDS = tuple(name for name in RuleForm.base_fields if name != "revision")


@page("desk", writes=True, template="council/rule_form.html")
def rule_new(request: PageRequest, pk: int) -> Answer:
    """A new version, beginning from what is in force."""
    body, on = _body(request, pk), day_of(request.at)
    known = queries.rule_on(request.consortium, body.kind, on)
    initial = _rule_values(known) | {"starts_on": None, "source": ""}
    return _rule_page(request, body, None, initial, known)


@page("desk", writes=True, template="council/rule_form.html")
def rule_edit(request: PageRequest, pk: int, rule_pk: int) -> Answer:
    body = _body(request, pk)
    rows = queries.rules_visible_to(request.actor).filter(
        consortium=request.consortium, body_kind=body.kind
    )
    rule = get_object_or_404(rows.select_related("consortium"), pk=rule_pk)
    return _rule_page(request, body, rule, _rule_values(rule), rule)


def _rule_values(rule: CharterRule | None) -> dict[str, Any]:
    found = rule or CharterRule()
    return {name: getattr(found, name) for name in (*_RULE_FIELDS, "revision")}


def _rule_page(
    request: PageRequest, body: Body, rule: CharterRule | None, initial: dict[str, Any],
    known: CharterRule | None,
) -> Answer:  # fmt: skip
    form = RuleForm(request.POST or None, initial=initial)
    known_lines = threshold_values(known.thresholds.all()) if known else []
    lines = ThresholdSet(request.POST or None, prefix="lines", initial=known_lines)
    done = _rule_done(request, body, rule, form, lines)
    verdict = (
        rules.may_amend_rule(request.actor, rule) if rule
        else rules.may_serve(request.actor, request.consortium)
    )  # fmt: skip
    word = body.get_kind_display()
    return done or {
        "title": f"修改{word}规则" if rule else f"登记{word}规则的新版本",
        "crumbs": _crumbs(body), "form": form, "lines": lines, "verdict": verdict,
    }  # fmt: skip


def _rule_done(
    request: PageRequest, body: Body, rule: CharterRule | None, form: RuleForm, lines: Any
) -> HttpResponseBase | None:
    if request.method == "POST" and not lines.is_valid():
        request.page_status = 422
        form.add_error(None, "通过条件有几处填写不对，没有保存。请按提示修改。")

    def act() -> CharterRule:
        given, by, at = dict(form.cleaned_data), request.actor, request.at
        revision = given.pop("revision") or 0
        if rule is None:
            return actions.adopt_rules(
                request.consortium, body.kind, given, thresholds_of(lines), by=by, at=at
            )
        return actions.amend_rules(
            rule, given, thresholds_of(lines), revision=revision, by=by, at=at
        )

    return submit(
        request, form, act, then=reverse("desk:body_detail", args=[body.pk]), said="规则已保存。"
    )


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    return [
        path("council/bodies/", body_list, name="body_list"),
        path("council/bodies/new/", body_new, name="body_new"),
        path("council/bodies/<int:pk>/", body_detail, name="body_detail"),
        path("council/bodies/<int:pk>/edit/", body_edit, name="body_edit"),
        path("council/bodies/<int:pk>/dissolve/", body_dissolve, name="body_dissolve"),
        path("council/bodies/<int:pk>/seats/new/", seat_new, name="seat_new"),
        path("council/bodies/<int:pk>/seats/renew/", seat_renew, name="seat_renew"),
        path("council/bodies/seats/<int:pk>/edit/", seat_edit, name="seat_edit"),
        path("council/bodies/seats/<int:pk>/end/", seat_end, name="seat_end"),
        path("council/bodies/<int:pk>/rules/new/", rule_new, name="rule_new"),
        path("council/bodies/<int:pk>/rules/<int:rule_pk>/", rule_edit, name="rule_edit"),
        *council_meetings.urls(),
        *council_attendance.urls(),
        *council_papers.urls(),
        *council_motions.urls(),
        *council_resolutions.urls(),
        *council_commitments.urls(),
    ]
