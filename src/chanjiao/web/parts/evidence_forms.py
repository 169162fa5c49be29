"""Forms on evidence: filling in with files, wishes, reasons, uses, judgements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.html import format_html

from chanjiao.kernel.money import to_fen
from chanjiao.plans.enums import EvidenceKind
from chanjiao.plans.evidence_actions import Wish
from chanjiao.plans.evidence_kinds import RULES, KindRule
from chanjiao.plans.models import Evidence, Plan, Task
from chanjiao.web.parts.uploads import ManyFilesField


def day_field(label: str, **more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


class EvidenceForm(forms.Form):
    """The fields of the piece's kind and its files. Nothing is required until it is handed in."""

    def __init__(self, row: Evidence, data: Any = None, files: Any = None) -> None:
        rule = RULES[row.kind]
        initial = {name: getattr(row, name) for name in rule.fields} | {"title": row.title}
        if row.amount_fen is not None:
            initial["amount_fen"] = Decimal(row.amount_fen) / 100
        super().__init__(data, files, initial=initial)
        self.row = row
        if not row.is_asked:
            self.fields["title"] = forms.CharField(label="名称", max_length=160)
        if not (row.record_label or row.same_as_id):
            self.fields["files"] = ManyFilesField(label="上传文件", help_text=_files_help(rule))
            for name in rule.fields:
                self.fields[name] = _field(rule, name, row.returned_reasons.get(name, ""))

    def values(self) -> dict[str, Any]:
        """What `update_evidence` takes: money in 分."""
        given = {n: v for n, v in self.cleaned_data.items() if n != "files"}
        if given.get("amount_fen") is not None:
            given["amount_fen"] = to_fen(given["amount_fen"])
        return given


def _files_help(rule: KindRule) -> str:
    kinds = "可一次选多个：PDF、JPG、PNG、Word、Excel、PPT、OFD，每个不超过 50 MB。"
    return f"{rule.hint}{kinds}"


def _field(rule: KindRule, name: str, reason: str) -> forms.Field:
    label = f"{rule.called(name)}（必填）" if name in rule.needs else rule.called(name)
    shape: dict[str, Any] = {"label": label, "required": False}
    if reason:
        shape["help_text"] = format_html('<strong class="returned">退回原因：{}</strong>', reason)
    if name == "dated_on":
        return day_field(**shape)
    if name == "amount_fen":
        shape["label"] = label.replace(rule.called(name), f"{rule.called(name)}（元）")
        return forms.DecimalField(max_digits=14, decimal_places=2, min_value=0, **shape)
    if name == "people":
        return forms.IntegerField(min_value=1, max_value=10_000_000, **shape)
    if name == "link":
        return forms.URLField(max_length=400, assume_scheme="https", **shape)
    if name == "note":
        return forms.CharField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), **shape)
    return forms.CharField(max_length=80 if name == "document_number" else 120, **shape)


class OfferForm(forms.Form):
    """A piece nobody asked for."""

    def __init__(self, tasks: QuerySet[Task], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"] = _TaskField(queryset=tasks, label="任务")
        self.fields["kind"] = forms.ChoiceField(label="种类", choices=EvidenceKind.choices)
        self.fields["title"] = forms.CharField(label="名称", max_length=160)


class _TaskField(forms.ModelChoiceField[Task]):
    def __init__(self, **shape: Any) -> None:
        widget = forms.Select(attrs={"data-choose": ""})
        super().__init__(empty_label="请选择", widget=widget, **shape)

    def label_from_instance(self, obj: Task) -> str:
        return f"{obj.code} {obj.name}"


class _TasksField(forms.ModelMultipleChoiceField[Task]):
    def label_from_instance(self, obj: Task) -> str:
        return f"{obj.code} {obj.name}（{obj.unit.called}）"


class AskForm(forms.Form):
    """The same wishes under many tasks: one line for each, its kind first."""

    def __init__(self, tasks: QuerySet[Task], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tasks"] = _TasksField(
            queryset=tasks, label="任务", help_text="可选多项，每项任务都会索取下面列出的全部佐证。",
            widget=forms.SelectMultiple(attrs={"data-choose": ""}),
        )  # fmt: skip
        kinds = "、".join(EvidenceKind.labels)
        self.fields["lines"] = forms.CharField(
            label="需要的佐证", widget=forms.Textarea(attrs={"rows": 5}), max_length=4000,
            help_text=f"每行一份：种类、空格、名称，例如“照片 揭牌活动照片”。种类：{kinds}。",
        )  # fmt: skip
        self.fields["due_on"] = day_field("提交期限")
        self.fields["wish"] = forms.CharField(
            label="要求", required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
        )

    def clean_lines(self) -> list[tuple[str, str]]:
        kinds = {str(label): value for value, label in EvidenceKind.choices}
        found = []
        for number, line in enumerate(self.cleaned_data["lines"].splitlines(), 1):
            kind, _, title = line.replace("\u3000", " ").strip().partition(" ")
            if not kind:
                continue
            if kind not in kinds:
                raise forms.ValidationError(f"第 {number} 行：没有“{kind}”这种佐证，请以种类开头。")
            if not title.strip():
                raise forms.ValidationError(f"第 {number} 行：“{kind}”后面请写名称。")
            found.append((kinds[kind], title.strip()[:160]))
        return found

    def wishes(self) -> list[Wish]:
        given = self.cleaned_data
        return [
            Wish(task, kind, title, given["due_on"], given["wish"])
            for task in given["tasks"]
            for kind, title in given["lines"]
        ]


class RepeatForm(forms.Form):
    """Whose list is asked for anew."""

    def __init__(self, plans: Sequence[Plan], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(plan.pk, f"{plan.year} 年 {plan.title}") for plan in plans]
        self.fields["earlier"] = forms.ChoiceField(label="由计划", choices=choices)
        self.fields["plan"] = forms.ChoiceField(label="复制到计划", choices=choices)


class ReturnForm(forms.Form):
    """A reason for each field that must be mended, for the files, and for the piece as a whole."""

    def __init__(self, row: Evidence, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = RULES[row.kind]
        titles = {"title": "名称", "files": "文件"}
        titles |= {name: rule.called(name) for name in rule.fields}
        self.fields["whole"] = forms.CharField(
            label="总体意见", required=False, max_length=300,
            widget=forms.Textarea(attrs={"rows": 2}),
        )  # fmt: skip
        for name, title in titles.items():
            self.fields[name] = forms.CharField(label=title, required=False, max_length=300)
        self.fields["due_on"] = day_field(
            "重新提交期限", required=False, help_text="留空为七天之内。"
        )

    def reasons(self) -> dict[str, str]:
        """What was stated, "" standing for the piece as a whole."""
        stated = {n: t for n, t in self.cleaned_data.items() if t and n != "due_on"}
        if "whole" in stated:
            stated[""] = stated.pop("whole")
        return stated

    @property
    def due_on(self) -> date | None:
        found: date | None = self.cleaned_data["due_on"]
        return found

    @property
    def lines(self) -> list[forms.BoundField]:
        """The fields of the piece, without the opinion on the whole and the day."""
        return [self[name] for name in self.fields if name not in {"whole", "due_on"}]


class ReasonForm(forms.Form):
    """One reason for many, and by when."""

    reason = forms.CharField(
        label="退回原因", max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )
    due_on = day_field("重新提交期限", required=False, help_text="留空为七天之内。")


class DayForm(forms.Form):
    """By when."""

    due_on = day_field("提交期限")


class UseForm(forms.Form):
    """Another task, or an indicator, that a piece proves. `codes` are the set's: code → name."""

    def __init__(
        self, tasks: QuerySet[Task], codes: Mapping[str, str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.codes = codes
        self.fields["task"] = _TaskField(queryset=tasks, label="任务", required=False)
        self.fields["indicator"] = forms.CharField(
            label="或指标编号", required=False, max_length=40,
            widget=forms.TextInput(attrs={"list": "indicator-codes", "autocomplete": "off"}),
        )  # fmt: skip

    def clean_indicator(self) -> str:
        """A code of the set in force; a person may type it or choose it from the list."""
        code = str(self.cleaned_data["indicator"]).strip()
        if code and not self.codes:
            raise forms.ValidationError("还没有采用指标集，请先在“指标／年度”建立年度。")
        if code and code not in self.codes:
            raise forms.ValidationError(f"指标集里没有编号“{code}”，请从列表中选择。")
        return code
