"""The consortium's kinds of agreement: the texts in use, another version, a Word template."""

import io
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse

from chanjiao.agreements import kind_actions, rules
from chanjiao.agreements.enums import SigningOrder
from chanjiao.agreements.kind_lines import (
    FIELD_HELP,
    ROLE_HELP,
    field_lines,
    read_fields,
    read_roles,
    role_lines,
)
from chanjiao.agreements.kinds import KindFacts, is_shipped, offered
from chanjiao.agreements.models import Kind
from chanjiao.agreements.text import names_of, read_paragraphs
from chanjiao.documents.filling import TemplateProblem, TemplateRefused
from chanjiao.documents.safety import UnsafeDocument
from chanjiao.kernel.verdict import Refused
from chanjiao.web.parts.agreements import MODEL_TEXT
from chanjiao.web.parts.council import send
from chanjiao.web.parts.council_forms import Revised, paper, text, upload_of
from chanjiao.web.parts.forms import submit
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page


class KindForm(Revised):
    """A kind's next version; `revision` is the version that was seen."""

    code = forms.CharField(
        label="代号", max_length=30, help_text="小写字母、数字和短横线；定后不改。"
    )
    name = forms.CharField(label="种类名称", max_length=60)
    order = forms.ChoiceField(label="默认签署次序", choices=SigningOrder.choices)
    source = forms.CharField(label="依据", max_length=200, required=False)
    roles = text("签署方", 5, required=False, help_text=ROLE_HELP)
    lines = text("填写项", 12, required=False, help_text=FIELD_HELP)
    body = text("正文", 20, required=False, help_text="每段一行；{{ 名称 }} 处填入内容。")
    template = paper("Word 模板（代替正文）", kinds=("docx",))

    def __init__(self, *args: Any, fixed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if fixed:
            self.fields["code"].widget = forms.HiddenInput()

    def facts(self) -> KindFacts:
        given = self.cleaned_data
        return KindFacts(
            given["code"], given["name"], given["order"], read_roles(given["roles"]),
            read_fields(given["lines"]), given["body"].strip(), given["source"],
            given["revision"] or 0,
        )  # fmt: skip


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [
        ("协议", reverse("desk:agreement_list")),
        ("协议种类", reverse("desk:agreement_kind_list")),
        *more,
    ]


@page("desk", template="agreements/kinds.html")
def agreement_kind_list(request: PageRequest) -> Answer:
    return {
        "title": "协议种类",
        "crumbs": _crumbs()[:1],
        "primary": Primary("新增种类", reverse("desk:agreement_kind_new")),
        "kinds": [(kind, is_shipped(kind)) for kind in offered(request.consortium)],
        "model_text": MODEL_TEXT,
    }


@page("desk", template="agreements/kind.html")
def agreement_kind(request: PageRequest, code: str) -> Answer:
    kind = _kind(request, code)
    rows = Kind.objects.filter(consortium=request.consortium, code=code)
    return {
        "title": kind.name,
        "crumbs": _crumbs(),
        "primary": Primary("修改为新版本", reverse("desk:agreement_kind_edit", args=[code])),
        "kind": kind,
        "model": is_shipped(kind),
        "model_text": MODEL_TEXT,
        "paragraphs": read_paragraphs(kind.body),
        "roles": role_lines(kind.roles).splitlines(),
        "fields": field_lines(kind.fields).splitlines(),
        "versions": rows.select_related("template").order_by("-version"),
        "may": rules.may_keep_kinds(request.actor, request.consortium),
    }


@page("desk", writes=True, template="agreements/kind_form.html")
def agreement_kind_new(request: PageRequest) -> Answer:
    return _form(request, None)


@page("desk", writes=True, template="agreements/kind_form.html")
def agreement_kind_edit(request: PageRequest, code: str) -> Answer:
    return _form(request, _kind(request, code))


def _form(request: PageRequest, kind: KindFacts | None) -> Answer:
    form = KindForm(
        request.POST or None, request.FILES or None, initial=_initial(kind), fixed=kind is not None
    )
    problems: list[TemplateProblem] = []

    def act() -> Kind:
        try:
            facts = form.facts()
            if kind is not None:
                kept = None if facts.body else kind.template  # a text typed takes its place
                facts = replace(facts, code=kind.code, template=kept)
            return kind_actions.save_kind(
                request.consortium, facts, template=upload_of(form, "template"),
                by=request.actor, at=request.at,
            )  # fmt: skip
        except TemplateRefused as broken:
            problems.extend(broken.problems)
            raise
        except UnsafeDocument as unsafe:
            raise Refused(str(unsafe)) from unsafe

    done = submit(
        request, form, act, then=lambda row: reverse("desk:agreement_kind", args=[row.code]),
        said="新版本已保存，以后的起草用它；已起草的不变。",
    )  # fmt: skip
    return done or {
        "title": f"修改“{kind.name}”" if kind else "新增种类",
        "crumbs": _crumbs(),
        "form": form,
        "problems": problems,
        "names": names_of(kind) if kind else (),
        "cancel": reverse("desk:agreement_kind_list"),
    }


def _initial(kind: KindFacts | None) -> dict[str, Any]:
    if kind is None:
        return {"revision": 0}
    return {
        "code": kind.code, "name": kind.name, "order": kind.order, "source": kind.source,
        "roles": role_lines(kind.roles), "lines": field_lines(kind.fields), "body": kind.body,
        "revision": kind.version,
    }  # fmt: skip


@page("desk", writes=True)
def agreement_kind_retire(request: PageRequest, code: str) -> HttpResponseBase:
    if request.method != "POST":
        raise Http404
    kind = _kind(request, code)
    kind_actions.retire_kind(request.consortium, kind, by=request.actor, at=request.at)
    messages.success(request, f"“{kind.name}”已停用，不再供起草选择。")
    return redirect("desk:agreement_kind_list")


@page("desk")
def agreement_kind_template(request: PageRequest, code: str) -> HttpResponseBase:
    """The Word template in use; of a kind without one, a text to begin a template with."""
    kind = _kind(request, code)
    if kind.template is not None:
        return send(kind.template)
    return FileResponse(
        io.BytesIO(kind_actions.starting_template(kind)), as_attachment=True,
        filename=f"{kind.name}模板.docx",
    )  # fmt: skip


def _kind(request: PageRequest, code: str) -> KindFacts:
    found = next((kind for kind in offered(request.consortium) if kind.code == code), None)
    if found is None:
        raise Http404
    return found


def urls() -> list[URLPattern]:
    """Addresses below /desk/."""
    one = "agreements/kinds/<slug:code>/"
    return [
        path("agreements/kinds/", agreement_kind_list, name="agreement_kind_list"),
        path("agreements/kinds/new/", agreement_kind_new, name="agreement_kind_new"),
        path(one, agreement_kind, name="agreement_kind"),
        path(f"{one}edit/", agreement_kind_edit, name="agreement_kind_edit"),
        path(f"{one}retire/", agreement_kind_retire, name="agreement_kind_retire"),
        path(f"{one}template/", agreement_kind_template, name="agreement_kind_template"),
    ]
