"""HTTP input for units, invitations and appointments. What is valid is decided in `checks`."""

from typing import Any

from django import forms

from chanjiao.people.checks import UnitFacts
from chanjiao.people.enums import AppointmentRole, UnitKind
from chanjiao.people.models import Unit

_KINDS = [(kind.value, kind.label) for kind in UnitKind if kind is not UnitKind.OFFICE]
_PLAIN = ("short_name", "school_code", "division_code", "address", "staff_count")


def day_field(label: str, *, required: bool = True, help_text: str = "") -> forms.DateField:
    """A day, chosen in the browser's own calendar."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class RevisedForm(forms.Form):
    """Carries which revision the person saw: an edit that started from an older one is refused."""

    revision = forms.IntegerField(widget=forms.HiddenInput)


class UnitForm(forms.Form):
    """A unit's facts, its identity among them."""

    name = forms.CharField(
        label="单位名称", max_length=120, help_text="营业执照或法人证书上的全称。"
    )
    short_name = forms.CharField(label="简称", max_length=40, required=False)
    kind = forms.ChoiceField(label="类别", choices=_KINDS)
    credit_code = forms.CharField(
        label="统一社会信用代码", max_length=40,
        help_text="18 位。集团与其分公司代码不同的，是不同的单位，分别登记。",
    )  # fmt: skip
    school_code = forms.CharField(
        label="学校标识码", max_length=20, required=False, help_text="10 位，只有学校填写。"
    )
    division_code = forms.CharField(
        label="行政区划代码", max_length=10, required=False, help_text="6 位，如 210213。"
    )
    address = forms.CharField(label="地址", max_length=200, required=False)
    staff_count = forms.IntegerField(
        label="职工人数", min_value=0, required=False,
        help_text="用于核算实习学生占职工人数的比例上限，请按在职人数填写。",
    )  # fmt: skip

    def facts(self, unit: Unit | None = None) -> UnitFacts:
        """What was typed, with what the form does not ask taken from the unit."""
        known: dict[str, Any] = facts_of(unit) if unit else {}
        return UnitFacts(**(known | {k: v for k, v in self.cleaned_data.items() if k in _ASKED}))


class UnitEditForm(UnitForm, RevisedForm):
    """A registered unit's facts."""


class OwnUnitForm(UnitEditForm):
    """A unit's own administrator: name, kind and code are corrected by the secretariat."""

    name = kind = credit_code = None  # type: ignore[assignment]


class InviteForm(forms.Form):
    """Who is invited to act for a unit."""

    name = forms.CharField(label="姓名", max_length=100)
    email = forms.EmailField(
        label="电子邮箱", required=False, help_text="只作记录；邀请链接请您自行转交本人。"
    )
    role = forms.ChoiceField(
        label="角色", choices=AppointmentRole.choices, widget=forms.RadioSelect,
        help_text="管理员管理本单位资料和人员；经办人办理日常填报。",
    )  # fmt: skip


class EndForm(forms.Form):
    """From when, and why, a person no longer acts for a unit."""

    ends_on = day_field("结束日期", help_text="从这一天起不再代表本单位。")
    reason = forms.CharField(label="原因", max_length=200)


class ReasonForm(forms.Form):
    """An act that needs its reason and nothing else."""

    reason = forms.CharField(label="理由", max_length=200)


class SwitchForm(ReasonForm):
    """Says which of the two it asks for, so that sending it twice does not undo it."""

    act = forms.ChoiceField(
        choices=[("deactivate", "停用"), ("reactivate", "启用")], widget=forms.HiddenInput
    )


def facts_of(unit: Unit) -> dict[str, Any]:
    """A unit's facts as `UnitFacts` and the forms take them."""
    return {name: getattr(unit, name) for name in _ASKED} | {
        "credit_code": unit.credit_code or "", "is_fictional": unit.is_fictional,
    }  # fmt: skip


_ASKED = ("kind", "name", "credit_code", *_PLAIN)
