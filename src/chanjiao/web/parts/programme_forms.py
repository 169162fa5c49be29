"""Forms of programmes, classes and plans."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from chanjiao.needs.models import Cohort
from chanjiao.people.models import Unit
from chanjiao.training.enums import GradePart, ProgrammeKind, Site, Teacher
from chanjiao.training.models import PlanItem, Programme, TrainingClass
from chanjiao.training.plan_sheet import PERIOD
from chanjiao.training.programme_rules import needs_reason
from chanjiao.web.parts.council_forms import Day, Revised, paper, text


class RowChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the rows given, by their names."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(queryset=None, label=label, **more)

    def offer(self, rows: Any) -> None:
        self.queryset = rows


class ProgrammeForm(Revised):
    kind = forms.ChoiceField(label="类型", choices=ProgrammeKind.choices)
    name = forms.CharField(label="名称", max_length=120)
    starts_on = Day("开始日期")
    ends_on = Day("结束日期", help_text="当日不再培养。")
    agreement = RowChoice("培养协议", required=False, empty_label="（尚无）")
    note = text("说明", 3, required=False, max_length=500)

    def __init__(self, *args: Any, agreements: Any, row: Programme | None = None, **more: Any):
        if row is not None:
            names = ("kind", "name", "starts_on", "ends_on", "agreement", "note", "revision")
            more["initial"] = {name: getattr(row, name) for name in names}
        super().__init__(*args, **more)
        self.fields["agreement"].offer(agreements)  # type: ignore[attr-defined]


class PartnerForm(forms.Form):
    unit = forms.TypedChoiceField(label="单位", coerce=int)
    duty = forms.CharField(label="分工", max_length=200, required=False,
                           help_text="如：提供实训设备和企业导师。")  # fmt: skip

    def __init__(self, *args: Any, units: Iterable[Unit], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["unit"].choices = [(u.pk, u.name) for u in units]  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    file = paper("年度报告", required=True)
    summary = text("摘要", 3, required=False, max_length=300)


class ItemForm(Revised):
    code = forms.CharField(label="编号", max_length=12, help_text="写成 1、1.2 或 1.2.3。")
    course = forms.CharField(label="课程或模块", max_length=80)
    title = forms.CharField(label="内容与要求", max_length=200)
    periods = forms.DecimalField(
        label="学时", max_digits=8, decimal_places=2, min_value=Decimal("0.01")
    )
    period_minutes = forms.IntegerField(
        label="每学时分钟",
        min_value=1,
        max_value=480,
        initial=PERIOD,
        help_text="企业现场按小时计的填 60。",
    )
    site = forms.ChoiceField(label="实施地点", choices=Site.choices)
    host = RowChoice("承担单位", required=False, empty_label="（学校自行实施）")
    teacher = forms.ChoiceField(label="授课方", choices=Teacher.choices)
    is_core = forms.BooleanField(label="核心课程", required=False)
    is_real_project = forms.BooleanField(label="真实项目", required=False,
                                         help_text="以企业真实生产或研发任务为内容。")  # fmt: skip
    reason = forms.CharField(label="变更原因", max_length=200)

    def __init__(
        self, *args: Any, programme: Programme, units: Any, row: PlanItem | None, **more: Any
    ):
        super().__init__(*args, **more)
        self.fields["host"].offer(units)  # type: ignore[attr-defined]
        if row is not None:
            del self.fields["code"]
        if not needs_reason(programme):
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        periods, length = given.get("periods"), given.get("period_minutes")
        if periods is not None and length:
            minutes = periods * length
            if minutes != int(minutes):
                self.add_error("periods", "学时折算后不是整分钟，请核对学时和每学时分钟。")
            given["minutes"] = int(minutes)
        return given


class ClassForm(Revised):
    cohort = RowChoice("学生批次", empty_label=None)
    name = forms.CharField(label="班级名称", max_length=80)
    opened_on = Day("开班日期", required=False)
    notice = paper("开班通知")
    journals_due = forms.IntegerField(label="应交周记篇数", min_value=0, max_value=200, initial=12)

    def __init__(
        self, *args: Any, cohorts: Any = None, row: TrainingClass | None = None, **more: Any
    ):
        if row is not None:
            names = ("name", "opened_on", "journals_due", "revision")
            weights = {f"weight_{part}": row.weights.get(part, 0) for part in GradePart.values}
            more["initial"] = {name: getattr(row, name) for name in names} | weights
        super().__init__(*args, **more)
        if row is None:
            self.fields["cohort"].offer(cohorts)  # type: ignore[attr-defined]
            del self.fields["journals_due"]
            return
        del self.fields["cohort"]
        for part in GradePart:
            self.fields[f"weight_{part.value}"] = forms.IntegerField(
                label=f"{part.label}权重（%）", min_value=0, max_value=100
            )

    @property
    def weights(self) -> dict[str, int]:
        """What was given for each part of the grade."""
        return {part: self.cleaned_data[f"weight_{part}"] for part in GradePart.values}

    @staticmethod
    def offered(unit: Unit, consortium: Any) -> Any:
        rows = Cohort.objects.filter(unit=unit, consortium=consortium)
        return rows.order_by("-number")


def agreements_of(rows: Any) -> Any:
    """Agreements a programme or a mentor may rest on: between units, the newest first."""
    found: Any = rows.filter(student__isnull=True).order_by("-created_at", "-pk")
    return found
