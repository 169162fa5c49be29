"""Forms of plans: the plan, a task, its parts, a report, a rectification."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet

from chanjiao.council.models import Resolution
from chanjiao.people.models import Unit
from chanjiao.plans.enums import Direction
from chanjiao.plans.models import Plan, ProgressReport, Task
from chanjiao.plans.values import held_values

QUARTERS = (1, 2, 3, 4)
_NAMES = "一二三四"
_TEXTAREA = {"rows": 3}


def day_field(label: str, **fields: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **fields)


def number_field(label: str, **fields: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=18, decimal_places=4, localize=False, **fields
    )


def reason_field(label: str = "修改原因") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=200, required=False, help_text="计划已下达，原值和新值都会留痕。"
    )


class PlanForm(forms.Form):
    """A new plan."""

    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    title = forms.CharField(label="名称", max_length=120)
    report_day = forms.IntegerField(
        label="每月报送日", min_value=1, max_value=28, initial=5,
        help_text="责任单位在次月的这一天前（含当天）报送上月进展。",
    )  # fmt: skip


class PlanEditForm(forms.Form):
    """Title and reporting day."""

    title = forms.CharField(label="名称", max_length=120)
    report_day = forms.IntegerField(label="每月报送日", min_value=1, max_value=28)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, explained: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if explained:
            self.fields["reason"] = reason_field()


class GroupsForm(forms.Form):
    """One name for each code of a field of work ("1") or a group ("1-1"); `names()` by code."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self, codes: Sequence[str], names: Mapping[str, str], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.codes = codes
        for code in codes:
            level = "任务组" if "-" in code else "工作领域"
            self.fields[f"name-{code}"] = forms.CharField(
                label=f"{code}（{level}）", max_length=120, required=False,
                initial=names.get(code, ""),
            )  # fmt: skip

    def names(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"name-{code}"] for code in self.codes}


class TaskForm(forms.Form):
    """One task; `values()` is what the actions take."""

    code = forms.CharField(label="任务编号", max_length=24, help_text="如 2-1-1。")
    name = forms.CharField(label="任务名称", max_length=160)
    goal = forms.CharField(
        label="目标内容", max_length=500, required=False, widget=forms.Textarea(attrs=_TEXTAREA)
    )
    unit = forms.ModelChoiceField(
        label="责任单位", queryset=Unit.objects.none(), empty_label="请选择"
    )
    partners = forms.ModelMultipleChoiceField(
        label="协同单位", queryset=Unit.objects.none(), required=False
    )
    person = forms.CharField(label="责任人", max_length=60, required=False)
    leader = forms.CharField(label="分管领导", max_length=60, required=False)
    direction = forms.ChoiceField(
        label="目标方向", choices=Direction.choices, initial=Direction.HIGHER
    )
    target = number_field("目标值", required=False)
    measure = forms.CharField(
        label="计量单位", max_length=20, required=False, help_text="如：家、人、万元、%。"
    )
    baseline = number_field("基期值", required=False, help_text="从基期值算起时填写。")
    weight = forms.DecimalField(
        label="权重", max_digits=8, decimal_places=4, min_value=Decimal(0), initial=1,
        help_text="各任务权重之比决定加权得分，不必凑成 100。",
    )  # fmt: skip
    starts_on = day_field("开始日期")
    due_on = day_field("完成期限")
    indicators = forms.CharField(
        label="关联指标", max_length=600, required=False, help_text="指标编号，用空格隔开。"
    )
    resolutions = forms.ModelMultipleChoiceField(
        label="来源决议", queryset=Resolution.objects.none(), required=False
    )

    def __init__(
        self,
        plan: Plan,
        units: QuerySet[Unit],
        resolutions: QuerySet[Resolution],
        *args: Any,
        explained: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        for name in ("unit", "partners"):
            self.fields[name].queryset = units  # type: ignore[attr-defined]
        self.fields["resolutions"].queryset = resolutions  # type: ignore[attr-defined]
        if not resolutions.exists():
            del self.fields["resolutions"]
        for number in QUARTERS:
            self.fields[f"q{number}"] = forms.CharField(
                label=f"{_NAMES[number - 1]}季度里程碑", max_length=300, required=False
            )
        if explained:
            self.fields["reason"] = reason_field()

    def values(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        given.pop("reason", "")
        texts = {f"{self.plan.year}Q{n}": given.pop(f"q{n}") for n in QUARTERS}
        given["milestones"] = texts
        given["indicators"] = given["indicators"].replace("、", " ").split()
        for name in ("partners", "resolutions"):
            if name in given:
                given[name] = list(given[name])
        return given

    @property
    def reason(self) -> str:
        return str(self.cleaned_data.get("reason", ""))


def task_initial(task: Task) -> dict[str, Any]:
    """A task's values as the form shows them."""
    held = held_values(task)
    milestones = held.pop("milestones")
    held |= {f"q{n}": milestones.get(f"{task.plan.year}Q{n}", "") for n in QUARTERS}
    held["indicators"] = " ".join(held["indicators"])
    for name in ("target", "baseline", "weight"):
        if held[name] is not None:
            held[name] = f"{held[name].normalize():f}"
    return held


class SplitForm(forms.Form):
    """Up to eight units, each with its own target and weight."""

    ROWS = 8

    def __init__(self, units: QuerySet[Unit], *args: Any, explained: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for n in range(1, self.ROWS + 1):
            self.fields[f"unit{n}"] = forms.ModelChoiceField(
                label=f"单位 {n}",
                queryset=units,
                empty_label="（不用）" if n > 2 else "请选择",
                required=n <= 2,
            )
            self.fields[f"person{n}"] = forms.CharField(
                label="责任人", max_length=60, required=False
            )
            self.fields[f"target{n}"] = number_field("目标值", required=False)
            self.fields[f"weight{n}"] = forms.DecimalField(
                label="权重", max_digits=8, decimal_places=4, min_value=Decimal(0), initial=1
            )
        if explained:
            self.fields["reason"] = reason_field("拆分原因")

    @property
    def lines(self) -> list[list[forms.BoundField]]:
        names = ("unit", "person", "target", "weight")
        return [[self[f"{name}{n}"] for name in names] for n in range(1, self.ROWS + 1)]

    def parts(self) -> list[dict[str, Any]]:
        data = self.cleaned_data
        return [
            {name: data[f"{name}{n}"] for name in ("unit", "person", "target", "weight")}
            for n in range(1, self.ROWS + 1)
            if data.get(f"unit{n}")
        ]


class ReportForm(forms.Form):
    """A month's progress, short enough for a phone."""

    percent = forms.IntegerField(
        label="进度（%）", min_value=0, max_value=100,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    text = forms.CharField(
        label="进展情况", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    difficulties = forms.CharField(
        label="困难和需要协调的事项", max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    finished = forms.BooleanField(label="任务已全部完成", required=False)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, task: Task, row: ProgressReport | None, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = _report_initial(task, row)
        super().__init__(*args, **kwargs)
        if task.target is not None or task.direction == Direction.YES_NO:
            unit = f"（{task.measure}）" if task.measure else ""
            help_text = "1 为已完成，0 为未完成。" if task.direction == Direction.YES_NO else ""
            self.fields["current"] = number_field(
                f"当前值{unit}", required=False, help_text=help_text
            )
        milestones = list(task.milestones.order_by("due_on", "pk"))
        if milestones:
            self.fields["milestones"] = forms.TypedMultipleChoiceField(
                label="已达成的里程碑", required=False, coerce=int,
                choices=[(m.pk, f"{m.text}（{m.due_on:%-m 月 %-d 日}前）") for m in milestones],
                widget=forms.CheckboxSelectMultiple,
                initial=[m.pk for m in milestones if m.done_on],
            )  # fmt: skip
        self.order_fields(["percent", "current", "text", "milestones", "difficulties", "finished"])


def _report_initial(task: Task, row: ProgressReport | None) -> dict[str, Any]:
    current = row.current if row else task.current
    return {
        "percent": row.percent if row else task.progress,
        "current": None if current is None else f"{current.normalize():f}",
        "text": row.text if row else "",
        "difficulties": row.difficulties if row else "",
        "revision": row.revision if row else 0,
    }


class RemindForm(forms.Form):
    """By when the late are to answer, and which of them are asked."""

    due_on = day_field("请在此日前报送")
    units = forms.TypedMultipleChoiceField(
        label="单位", coerce=int, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个单位。"},
    )  # fmt: skip

    def __init__(self, units: Iterable[Unit], due_on: date, *args: Any, **kwargs: Any) -> None:
        listed = list(units)
        kwargs["initial"] = {"due_on": due_on, "units": [unit.pk for unit in listed]}
        super().__init__(*args, **kwargs)
        field = self.fields["units"]
        field.choices = [(unit.pk, unit.name) for unit in listed]  # type: ignore[attr-defined]


class RectificationForm(forms.Form):
    """What, by whom, by when."""

    what = forms.CharField(label="整改要求", max_length=500, widget=forms.Textarea(attrs=_TEXTAREA))
    unit = forms.ModelChoiceField(
        label="整改单位", queryset=Unit.objects.none(), empty_label="请选择"
    )
    person = forms.CharField(label="责任人", max_length=60, required=False)
    due_on = day_field("整改期限")
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, units: QuerySet[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units  # type: ignore[attr-defined]


class ExplanationForm(forms.Form):
    """What was mended."""

    explanation = forms.CharField(
        label="整改情况", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明做了什么、何时完成；佐证请在任务页提交。",
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)


class RecheckForm(forms.Form):
    """Accepted or handed back."""

    note = forms.CharField(
        label="复核意见", max_length=500, required=False, widget=forms.Textarea(attrs=_TEXTAREA),
        help_text="退回时必填。",
    )  # fmt: skip
    due_on = day_field("新的期限", required=False, help_text="退回时可改；不填则不变。")
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
