"""Members' returns: who has handed in, how complete and punctual, check, accept, hand back, chase."""

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import returns, rules
from chanjiao.indicators.chasing import remind_returns
from chanjiao.indicators.completeness import average, completeness_of
from chanjiao.indicators.enums import Section
from chanjiao.indicators.known import known_of
from chanjiao.indicators.models import MemberReturn
from chanjiao.indicators.queries import returns_visible_to
from chanjiao.kernel.clock import day_of
from chanjiao.web.desk.indicators import period_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole


class HandBackForm(forms.Form):
    """A reason for each section to mend."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for section in Section:
            self.fields[section.value] = forms.CharField(
                label=f"{section.label}：退回原因", required=False, max_length=500,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip


def _return(request: PageRequest, pk: int) -> MemberReturn:
    rows = returns_visible_to(request.actor).filter(period__consortium=request.consortium)
    return get_object_or_404(rows, pk=pk)


@page("desk", template="indicators/returns.html")
def return_list(request: PageRequest, pk: int) -> Answer:
    """Every member with what is missing, the least complete first."""
    period = period_of(request, pk)
    members = completeness_of(period, on=day_of(request.at))
    complete, punctual = average(members)
    return {
        "title": f"{period.year} 年度成员年报",
        "crumbs": [(f"{period.year} 年度", reverse("desk:period_detail", args=[pk]))],
        "period": period,
        "members": members,
        "complete": complete,
        "punctual": punctual,
        "may_remind": rules.may_remind(request.actor, period),
    }


@page("desk", writes=True)
def return_remind(request: PageRequest, pk: int) -> HttpResponseBase:
    period = period_of(request, pk)
    if request.method == "POST":
        wanted = [whole(value) for value in request.POST.getlist("row")]
        rows = returns_visible_to(request.actor).filter(period=period, pk__in=wanted)
        unreached = remind_returns(period, rows, by=request.actor, at=request.at)
        messages.success(request, "催报通知已发送。")
        if unreached:
            names = "、".join(unit.called for unit in unreached)
            messages.warning(request, f"以下单位没有办理人员，请电话联系：{names}。")
    return redirect("desk:return_list", pk)


@page("desk", template="indicators/return.html")
def return_detail(request: PageRequest, pk: int) -> Answer:
    row = _return(request, pk)
    return {
        "title": f"{row.unit.called} {row.period.year} 年报",
        "crumbs": [("成员年报", reverse("desk:return_list", args=[row.period_id]))],
        "row": row,
        "sections": known_of(row),
        "may_accept": rules.may_accept(request.actor, row),
        "may_return": rules.may_return(request.actor, row),
    }


@page("desk", writes=True)
def return_accept(request: PageRequest, pk: int) -> HttpResponseBase:
    row = _return(request, pk)
    if request.method == "POST":
        returns.accept_return(row, by=request.actor, at=request.at)
        messages.success(request, "已接收。")
    return redirect("desk:return_detail", pk)


@page("desk", writes=True, template="parts/form_page.html")
def return_hand_back(request: PageRequest, pk: int) -> Answer:
    row = _return(request, pk)
    form = HandBackForm(request.POST or None)
    home = reverse("desk:return_detail", args=[pk])
    done = submit(
        request, form,
        lambda: returns.hand_back_return(row, form.cleaned_data, by=request.actor, at=request.at),
        then=home, said="已退回，该单位会收到通知。",
    )  # fmt: skip
    return done or {
        "title": "退回年报", "form": form, "label": "退回", "cancel": home,
        "crumbs": [(f"{row.unit.called} {row.period.year} 年报", home)],
        "intro": "只写需要补正的部分，其余留空。",
    }  # fmt: skip


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    return [
        path("periods/<int:pk>/returns/", return_list, name="return_list"),
        path("periods/<int:pk>/returns/remind/", return_remind, name="return_remind"),
        path("periods/returns/<int:pk>/", return_detail, name="return_detail"),
        path("periods/returns/<int:pk>/accept/", return_accept, name="return_accept"),
        path("periods/returns/<int:pk>/hand-back/", return_hand_back, name="return_hand_back"),
    ]
