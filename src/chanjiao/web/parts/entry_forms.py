"""Forms on records of learning, grades, visits."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from chanjiao.people.models import Unit
from chanjiao.training.entry_checks import EntryValues
from chanjiao.training.enums import EntryKind
from chanjiao.training.grades import BASE_FIELDS
from chanjiao.training.models import BaseEvaluation, Entry, PlanItem
from chanjiao.training.visit_actions import Found
from chanjiao.web.parts.uploads import ManyFilesField

_PHOTOS = "照片或文件，每个不超过 8 MB，最多 9 个。照片会先缩小再上传，拍摄位置不保存。"


def day_input(label: str, **more: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **more)


def hours_field(label: str = "时长（小时）", **more: Any) -> forms.DecimalField:
    widget = forms.NumberInput(attrs={"step": "0.25", "inputmode": "decimal"})
    return forms.DecimalField(
        label=label,
        min_value=0,
        max_value=24,
        max_digits=4,
        decimal_places=2,
        widget=widget,
        **more,
    )


def minutes_of(hours: Decimal | None) -> int:
    """Hours to whole minutes, rounded half up."""
    return int((hours or Decimal(0)) * 60 + Decimal("0.5"))


def hours_of(minutes: int) -> Decimal | None:
    """Minutes as a form shows them; None for 0."""
    return (Decimal(minutes) / 60).quantize(Decimal("0.01")) if minutes else None


def seen_now(form: forms.BaseForm, revision: int) -> None:
    """After a refusal the page shows the row as it is: sent again, the form is about that."""
    if form.is_bound:
        assert isinstance(form.data, QueryDict)
        told = form.data.copy()
        told["revision"] = str(revision)
        form.data = told


@dataclass(frozen=True, slots=True)
class ItemBox:
    """One item to be ticked."""

    item: PlanItem
    ticked: bool
    done: bool


class EntryForm(forms.Form):
    """A record, a journal or the summary. Nothing but the day is required until it is handed in."""

    def __init__(
        self, kind: str, items: Iterable[PlanItem], done: set[int], data: Any = None,
        files: Any = None, *, entry: Entry | None = None, today: date | None = None,
    ) -> None:  # fmt: skip
        self.kind, self.offered, self.done = kind, list(items), done
        super().__init__(data, files, initial=_initial(entry, today))
        work = kind == EntryKind.WORK
        self.fields["day"] = day_input("日期")
        if work:
            self.fields["hours"] = hours_field(required=False)
            self.fields["items"] = forms.TypedMultipleChoiceField(
                label="培养计划条目", coerce=int, required=False,
                choices=[(item.pk, str(item)) for item in self.offered],
                error_messages={"invalid_choice": "所选计划条目已有变动，请重新勾选。"},
            )  # fmt: skip
        else:
            self.fields["title"] = forms.CharField(label="标题", max_length=80, required=False)
        rows = 6 if work else 12
        self.fields["text"] = forms.CharField(
            label="做了什么，学到什么" if work else "内容", max_length=5000, required=False,
            widget=forms.Textarea(attrs={"rows": rows}),
        )  # fmt: skip
        self.fields["files"] = ManyFilesField(label="照片或文件", help_text=_PHOTOS)
        key = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput())
        self.fields["device_key"] = key
        revision = forms.IntegerField(required=False, widget=forms.HiddenInput())
        self.fields["revision"] = revision

    @property
    def groups(self) -> list[tuple[str, list[ItemBox]]]:
        """Items by course, with those ticked in this form and those confirmed before."""
        told = self["items"].value() or []
        ticked = {str(value) for value in told}
        boxes = [ItemBox(one, str(one.pk) in ticked, one.pk in self.done) for one in self.offered]
        return [(name, list(own)) for name, own in groupby(boxes, key=lambda b: b.item.course)]

    def values(self) -> EntryValues:
        given = self.cleaned_data
        return EntryValues(
            self.kind, given["day"], given["text"], given.get("title", ""),
            minutes_of(given.get("hours")), tuple(given.get("items", ())),
        )  # fmt: skip


def _initial(entry: Entry | None, today: date | None) -> dict[str, Any]:
    if entry is None:
        return {"day": today, "device_key": secrets.token_hex(12)}
    return {
        "day": entry.day, "title": entry.title, "text": entry.text, "revision": entry.revision,
        "hours": hours_of(entry.minutes), "device_key": entry.device_key,
        "items": [item.pk for item in entry.items.all()],
    }  # fmt: skip


class BaseForm(forms.Form):
    """A student's evaluation of the host."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = {field.name: str(field.verbose_name) for field in BaseEvaluation._meta.fields}
        choices = [(5, "5 很好"), (4, "4 好"), (3, "3 一般"), (2, "2 差"), (1, "1 很差")]
        for name in BASE_FIELDS:
            self.fields[name] = forms.TypedChoiceField(
                label=labels[name], choices=choices, coerce=int, widget=forms.RadioSelect
            )
        self.fields["text"] = forms.CharField(
            label="建议", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
        )


class DecisionForm(forms.Form):
    """A mentor corrects a record or sends it back."""

    def __init__(self, entry: Entry, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hours"] = hours_field(
            "更正为（小时）", required=False, initial=hours_of(entry.minutes)
        )
        self.fields["remark"] = forms.CharField(
            label="原因", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
        )
        self.fields["revision"] = forms.IntegerField(
            widget=forms.HiddenInput(), initial=entry.revision
        )


class GradeForm(forms.Form):
    """One part of a grade."""

    points = forms.DecimalField(
        label="分数（0–100）", min_value=0, max_value=100, max_digits=5, decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )  # fmt: skip
    remark = forms.CharField(
        label="评语", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    def hundredths(self) -> int:
        return int(self.cleaned_data["points"] * 100)


class MarkForm(forms.Form):
    """A mark and words for a journal."""

    mark = forms.IntegerField(
        label="分数（0–100）", min_value=0, max_value=100,
        widget=forms.NumberInput(attrs={"data-focus": "", "inputmode": "numeric"}),
    )  # fmt: skip
    comment = forms.CharField(
        label="评语", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput())


class DrawForm(forms.Form):
    """What is to be drawn."""

    title = forms.CharField(label="名称", max_length=80)
    size = forms.IntegerField(label="抽取人数", min_value=1, max_value=500)
    due_on = day_input("走访期限")

    def __init__(self, hosts: QuerySet[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["host"] = forms.ModelChoiceField(
            queryset=hosts, label="只抽这个单位", required=False, empty_label="全部单位"
        )


class VisitForm(forms.Form):
    """What was found at the workplace; filled in on the phone, standing there."""

    visited_on = day_input("走访日期")
    visitor = forms.CharField(label="走访人", max_length=60)
    present = forms.TypedChoiceField(
        label="学生在岗", choices=[("1", "在岗"), ("0", "不在岗")], coerce=lambda told: told == "1",
        widget=forms.RadioSelect,
    )  # fmt: skip
    finding = forms.CharField(
        label="走访情况", max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="在做什么、安全与食宿、学生和师傅怎么说；不在岗的写明去向。",
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput())

    def found(self) -> Found:
        given = self.cleaned_data
        return Found(given["visited_on"], given["visitor"], given["present"], given["finding"])


class MissForm(forms.Form):
    """Why it did not come to a visit."""

    finding = forms.CharField(
        label="原因", max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput())
