"""A year's close: timeline, open points, members' returns, lock, pack, publication."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import actions, rules
from chanjiao.indicators.checklist import Close, Point, close_of, doubts_of
from chanjiao.indicators.computing import Standing, set_of, set_of_text, standing_of
from chanjiao.indicators.enums import LIVE, PeriodState
from chanjiao.indicators.freezing import ask_lock
from chanjiao.indicators.models import Pack, Period, Snapshot
from chanjiao.indicators.queries import (
    return_counts,
    sets_visible_to,
    snapshot_of,
)
from chanjiao.indicators.sets import adopt_set, differences
from chanjiao.kernel.clock import day_of
from chanjiao.trail.queries import about
from chanjiao.trail.words import word
from chanjiao.web.desk.indicators import changes_for, indicator_address, own_periods, period_of
from chanjiao.web.desk.period_forms import (
    AdoptForm,
    LockForm,
    NewForm,
    PublishForm,
    SettingsForm,
)
from chanjiao.web.parts import indicators as parts
from chanjiao.web.parts.evidence import evidence_of_year
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.listings import Button
from chanjiao.web.parts.lists import ChoiceFilter, ListAction, ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page

FORM = "parts/form_page.html"

PERIODS = ListPage(
    key="desk.periods",
    title="年度",
    columns=(
        ListColumn("year", "年度", sort="year"),
        ListColumn("state", "状态", kind="state", sort="state",
                   tones={"open": "wait", "reporting": "wait", "locked": "good", "published": "good"}),
        ListColumn("edition", "版次", kind="number"),
        ListColumn("set", "指标集", lambda row: str(row.set_version)),
        ListColumn("return_due_on", "年报截止", kind="date", sort="return_due_on"),
        ListColumn("locked_at", "锁定时间", kind="moment", sort="locked_at"),
        ListColumn("published_at", "发布时间", kind="moment", sort="published_at"),
    ),
    filters=(ChoiceFilter(key="state", title="状态", choices=PeriodState.choices),),
    actions=(ListAction("指标集", "desk:set_list"),),
    link="desk:period_detail",
    empty="还没有年度。请先导入指标集，再建立年度。",
)  # fmt: skip


@page("desk")
def period_list(request: PageRequest) -> HttpResponseBase:
    rows = own_periods(request)
    verdict = rules.may_open_period(request.actor, request.consortium)
    primary = Primary("建立年度", reverse("desk:period_new"), verdict)
    return PERIODS.respond(request, rows.order_by("-year", "-pk"), primary=primary)


@page("desk", writes=True, template=FORM)
def period_new(request: PageRequest) -> Answer:
    versions = sets_visible_to(request.actor).filter(consortium=request.consortium)
    initial = {"year": day_of(request.at).year, "version": versions.first()}
    form = NewForm(request.POST or None, initial=initial, versions=versions)
    done = submit(
        request, form,
        lambda: actions.open_period(
            request.consortium, form.cleaned_data["year"], form.cleaned_data["version"],
            by=request.actor, at=request.at,
        ),
        then=lambda row: reverse("desk:period_detail", args=[row.pk]), said="年度已建立。",
    )  # fmt: skip
    home = reverse("desk:period_list")
    return done or {
        "title": "建立年度", "form": form, "label": "建立", "cancel": home,
        "crumbs": [("年度", home)],
    }  # fmt: skip


# One year ----------------------------------------------------------------------------------------
_STEPS = (PeriodState.OPEN, PeriodState.REPORTING, PeriodState.LOCKED, PeriodState.PUBLISHED)


def steps_of(period: Period) -> list[dict[str, Any]]:
    """The timeline: when each state began, and where the year stands."""
    began = {
        PeriodState.OPEN: period.created_at, PeriodState.REPORTING: period.reporting_at,
        PeriodState.LOCKED: period.locked_at, PeriodState.PUBLISHED: period.published_at,
    }  # fmt: skip
    here = _STEPS.index(PeriodState(period.state))
    last = len(_STEPS) - 1
    return [
        {
            "label": state.label,
            "when": began[state] if at <= here else None,
            "look": "done" if at < here or here == last else "now" if at == here else "",
        }
        for at, state in enumerate(_STEPS)
    ]


@page("desk", template="indicators/period.html")
def period_detail(request: PageRequest, pk: int) -> Answer:
    period = period_of(request, pk)
    close = close_of(period, on=day_of(request.at)) if period.state in LIVE else None
    standing = close.standing if close else standing_of(period)
    snapshot = snapshot_of(period)
    editions = Snapshot.objects.filter(period=period).select_related("pack", "locked_by")
    return {
        "title": f"{period.year} 年度",
        "crumbs": [("年度", reverse("desk:period_list"))],
        "period": period,
        "steps": steps_of(period),
        "buttons": _buttons(request, period),
        "points": _points(period, close),
        "live": period.state in LIVE,
        "lights": lights_for(period, standing),
        "lock": _lock_part(request, period, close),
        "changes": changes_for(period, standing),
        "counts": return_counts(period),
        "snapshot": snapshot,
        "pack": getattr(snapshot, "pack", None) if snapshot else None,
        "command": _command(snapshot),
        "editions": editions.order_by("-edition", "-pk"),
        "may_set": rules.may_set_period(request.actor, period),
        "may_adopt": rules.may_adopt(request.actor, period),
        "events": [(entry, word(entry.action)) for entry in about(period)[:30]],
    }


def lights_for(period: Period, standing: Standing) -> list[parts.Line]:
    """The veto lights of the year, with what is still doubtful about them."""
    extras = parts.Extras(doubts=doubts_of(period, standing))
    lines = parts.lines_of(standing, indicator_address(period), extras)
    return parts.lights_of(lines) if standing.at else []


_OF_EVIDENCE = {"doubles", "evidence"}
_PAGES = {
    "returns": "desk:return_list", "typed": "desk:typed_list", "indicators": "desk:indicator_list",
}  # fmt: skip


def _points(period: Period, close: Close | None) -> list[tuple[Point, str]]:
    """Each open point with where to mend it."""
    return [(point, _mended_at(point.page, period)) for point in close.points] if close else []


def _mended_at(name: str, period: Period) -> str:
    if name == "changes":
        return "#changes"
    if name in _PAGES:
        return reverse(_PAGES[name], args=[period.pk])
    return evidence_of_year(period.year, doubles=name == "doubles") if name in _OF_EVIDENCE else ""


def _lock_part(request: PageRequest, period: Period, close: Close | None) -> dict[str, Any] | None:
    if period.state != PeriodState.REPORTING or close is None:
        return None
    verdict = rules.may_lock(request.actor, period, on=day_of(request.at))
    return {"verdict": verdict, "blocking": len(close.blocking), "others": len(close.others)}


def _command(snapshot: Snapshot | None) -> str:
    """The one line with which anybody verifies the pack."""
    pack = getattr(snapshot, "pack", None) if snapshot else None
    if pack is None:
        return ""
    return f"chanjiao pack verify {pack.file.name} --fingerprint {pack.fingerprint}"


def _buttons(request: PageRequest, period: Period) -> list[Button]:
    actor = request.actor

    def to(step: str) -> str:
        return reverse("desk:period_step", args=[period.pk, step])

    back = Button("退回上一步", to("hand-back"), rules.may_hand_back_period(actor, period),
                  "outline-danger", note="退回的原因")  # fmt: skip
    ways: dict[str, list[Button]] = {
        PeriodState.OPEN: [
            Button("开始填报", to("report"), rules.may_start_reporting(actor, period), "primary",
                   ask="开始后指标集不能再换，并通知全体成员填报年报。确定开始？"),
        ],
        PeriodState.REPORTING: [back],
        PeriodState.LOCKED: [
            Button("发布", reverse("desk:period_publish", args=[period.pk]),
                   rules.may_publish(actor, period), "primary", leads=True),
            back,
        ],
        PeriodState.PUBLISHED: [
            Button("发布更正版", to("correct"), rules.may_correct(actor, period),
                   "outline-danger", note="更正的原因"),
        ],
    }  # fmt: skip
    return ways[period.state]


@page("desk", writes=True)
def period_step(request: PageRequest, pk: int, step: str) -> HttpResponseBase:
    """One move of the year."""
    period, by, at = period_of(request, pk), request.actor, request.at
    reason = request.POST.get("reason", "")
    if request.method != "POST":
        return redirect("desk:period_detail", pk)
    if step == "report":
        actions.start_reporting(period, by=by, at=at)
        messages.success(request, "已开始填报，成员已收到通知。")
    elif step == "hand-back":
        actions.hand_back_period(period, reason, by=by, at=at)
        messages.success(request, "已退回上一步。")
    elif step == "correct":
        actions.correct_period(period, reason, by=by, at=at)
        messages.success(request, "已开始更正。公众仍看到上一版，直到更正版发布。")
    else:
        raise Http404
    return redirect("desk:period_detail", pk)


@page("desk", writes=True, template="indicators/lock.html")
def period_lock(request: PageRequest, pk: int) -> Answer:
    period = period_of(request, pk)
    close = close_of(period, on=day_of(request.at))
    form = LockForm(request.POST or None)
    done = submit(
        request, form,
        lambda: ask_lock(period, form.cleaned_data["reason"], by=request.actor, at=request.at),
        then=lambda job: reverse("account_job", args=[job.pk]),
    )  # fmt: skip
    home = reverse("desk:period_detail", args=[pk])
    return done or {
        "title": "锁定年度并制作证据包",
        "crumbs": [("年度", reverse("desk:period_list")), (f"{period.year} 年度", home)],
        "form": form,
        "points": _points(period, close),
        "verdict": rules.may_lock(request.actor, period, on=day_of(request.at)),
        "home": home,
    }


@page("desk", writes=True, template=FORM)
def period_settings(request: PageRequest, pk: int) -> Answer:
    period = period_of(request, pk)
    initial = {
        "revision": period.revision, "return_due_on": period.return_due_on,
        "explain_percent": period.explain_percent,
    }  # fmt: skip
    form = SettingsForm(request.POST or None, initial=initial)
    home = reverse("desk:period_detail", args=[pk])
    done = submit(
        request, form,
        lambda: actions.set_period(period, by=request.actor, at=request.at, **form.cleaned_data),
        then=home, said="已保存。",
    )  # fmt: skip
    return done or {
        "title": "年度设置", "form": form, "cancel": home,
        "crumbs": [("年度", reverse("desk:period_list")), (f"{period.year} 年度", home)],
    }  # fmt: skip


@page("desk", writes=True, template="indicators/adopt.html")
def period_adopt(request: PageRequest, pk: int) -> Answer:
    """Another version of the set; what would change is shown before."""
    period = period_of(request, pk)
    versions = sets_visible_to(request.actor).filter(consortium=request.consortium)
    form = AdoptForm(
        request.POST or None, initial={"revision": period.revision, "version": period.set_version}
    )
    field = form.fields["version"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = versions
    home = reverse("desk:period_detail", args=[pk])
    done = submit(
        request, form,
        lambda: adopt_set(
            period, form.cleaned_data["version"], revision=form.cleaned_data["revision"],
            by=request.actor, at=request.at,
        ),
        then=home, said="已采用。请重新计算指标。",
    )  # fmt: skip
    others = versions.exclude(pk=period.set_version_id)
    return done or {
        "title": "更换指标集版本", "form": form, "cancel": home,
        "crumbs": [("年度", reverse("desk:period_list")), (f"{period.year} 年度", home)],
        "verdict": rules.may_adopt(request.actor, period),
        "compared": [
            (row, differences(set_of(period), set_of_text(row.text))) for row in others[:5]
        ],
    }  # fmt: skip


@page("desk", writes=True, template=FORM)
def period_publish(request: PageRequest, pk: int) -> Answer:
    period = period_of(request, pk)
    form = PublishForm(
        request.POST or None,
        initial={"codes": period.public_codes, "public_pack": period.public_pack},
    )
    field = form.fields["codes"]
    assert isinstance(field, forms.MultipleChoiceField)
    field.choices = [(one.code, f"{one.code} {one.name}") for one in set_of(period).indicators]
    home = reverse("desk:period_detail", args=[pk])
    done = submit(
        request, form,
        lambda: actions.publish_period(
            period, form.cleaned_data["codes"], public_pack=form.cleaned_data["public_pack"],
            by=request.actor, at=request.at,
        ),
        then=home, said="已发布。",
    )  # fmt: skip
    return done or {
        "title": "发布年度指标", "form": form, "label": "发布", "cancel": home,
        "crumbs": [("年度", reverse("desk:period_list")), (f"{period.year} 年度", home)],
        "intro": "发布后公众可见，不能撤回，只能发布更正版。所选指标的数值、与上一年度的比较和变动说明一并公开。",
    }  # fmt: skip


@page("desk")
def period_pack(request: PageRequest, pk: int, edition: int) -> HttpResponseBase:
    """The pack of an edition, with everything in it."""
    period = period_of(request, pk)
    rows = Pack.objects.filter(snapshot__period=period, snapshot__edition=edition)
    pack = get_object_or_404(rows.select_related("file").order_by("-pk")[:1])
    return FileResponse(
        pack.file.file.open("rb"), as_attachment=True, filename=pack.file.name,
        content_type="application/octet-stream",
    )  # fmt: skip


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    one = "periods/<int:pk>/"
    return [
        path("periods/", period_list, name="period_list"),
        path("periods/new/", period_new, name="period_new"),
        path(one, period_detail, name="period_detail"),
        path(f"{one}settings/", period_settings, name="period_settings"),
        path(f"{one}set/", period_adopt, name="period_adopt"),
        path(f"{one}lock/", period_lock, name="period_lock"),
        path(f"{one}publish/", period_publish, name="period_publish"),
        path(f"{one}pack/<int:edition>/", period_pack, name="period_pack"),
        path(f"{one}step/<slug:step>/", period_step, name="period_step"),
    ]
