"""A member's return: what the platform knows of its year, confirmed or contradicted, submitted."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse

from chanjiao.indicators import returns, rules
from chanjiao.indicators.enums import Section
from chanjiao.indicators.known import known_of
from chanjiao.indicators.models import MemberReturn
from chanjiao.indicators.queries import returns_visible_to
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.lists import ListColumn, ListPage
from chanjiao.web.parts.page import Answer, PageRequest, page
from chanjiao.web.parts.typed import whole

RETURNS = ListPage(
    key="member.returns",
    title="年报",
    columns=(
        ListColumn("year", "年度", "period.year", sort="period__year"),
        ListColumn("state", "状态", kind="state", tones={"accepted": "good", "submitted": "wait"}),
        ListColumn("due", "截止", "period.return_due_on", kind="date"),
        ListColumn("submitted_at", "提交时间", kind="moment"),
        ListColumn("accepted_at", "接收时间", kind="moment"),
    ),
    link="member:return_detail",
    empty="还没有需要填报的年报。秘书处开始年度填报后，这里会出现。",
)


class ReturnForm(forms.Form):
    """Each section: confirmed, or what is wrong with it."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, data: Any, *, row: MemberReturn) -> None:
        initial: dict[str, object] = {"revision": row.revision, "summary": row.summary}
        for key in Section.values:
            said = row.sections.get(key, {})
            initial[f"{key}_confirmed"] = said.get("confirmed", False)
            initial[f"{key}_remark"] = said.get("remark", "")
        super().__init__(data, initial=initial)
        for section in Section:
            self.fields[f"{section.value}_confirmed"] = forms.BooleanField(
                label="与事实相符", required=False
            )
            self.fields[f"{section.value}_remark"] = forms.CharField(
                label="不符或需要补充之处", required=False, max_length=returns.LONGEST_REMARK,
                widget=forms.Textarea(attrs={"rows": 2}),
            )  # fmt: skip
        self.fields["summary"] = forms.CharField(
            label="年度小结", required=False, max_length=returns.LONGEST_SUMMARY,
            widget=forms.Textarea(attrs={"rows": 4}),
        )  # fmt: skip

    def sections(self) -> dict[str, dict[str, object]]:
        given = self.cleaned_data
        return {
            key: {"confirmed": given[f"{key}_confirmed"], "remark": given[f"{key}_remark"]}
            for key in Section.values
        }


def _own(request: PageRequest, pk: int) -> MemberReturn:
    rows = returns_visible_to(request.actor).filter(
        unit=request.unit, period__consortium=request.consortium
    )
    return get_object_or_404(rows, pk=pk)


@page("member")
def return_list(request: PageRequest) -> HttpResponseBase:
    rows = returns_visible_to(request.actor).filter(
        unit=request.unit, period__consortium=request.consortium
    )
    return RETURNS.respond(request, rows.order_by("-period__year"))


@page("member", writes=True, template="indicators/own_return.html")
def return_detail(request: PageRequest, pk: int) -> Answer:
    row = _own(request, pk)
    form = ReturnForm(request.POST or None, row=row)
    here = reverse("member:return_detail", args=[pk])
    done = submit(
        request, form,
        lambda: returns.fill_return(
            row, form.sections(), form.cleaned_data["summary"],
            revision=form.cleaned_data["revision"], by=request.actor, at=request.at,
        ),
        then=here, said="已保存。核对完全部内容后请点“提交年报”。",
    )  # fmt: skip
    return done or {
        "title": f"{row.period.year} 年报",
        "crumbs": [("年报", reverse("member:return_list"))],
        "row": row,
        "sections": [
            (known, form[f"{known.key}_confirmed"], form[f"{known.key}_remark"])
            for known in known_of(row)
        ],
        "form": form,
        "may_fill": rules.may_fill(request.actor, row),
        "may_submit": rules.may_submit(request.actor, row),
    }


@page("member", writes=True)
def return_submit(request: PageRequest, pk: int) -> HttpResponseBase:
    row = _own(request, pk)
    if request.method == "POST":
        seen = whole(request.POST.get("revision", ""))
        returns.submit_return(row, revision=seen, by=request.actor, at=request.at)
        messages.success(request, "年报已提交，等待秘书处核对。")
    return redirect("member:return_detail", pk)


def urls() -> list[URLPattern]:
    """Addresses below /member/."""
    return [
        path("returns/", return_list, name="return_list"),
        path("returns/<int:pk>/", return_detail, name="return_detail"),
        path("returns/<int:pk>/submit/", return_submit, name="return_submit"),
    ]
