"""HTTP input for consortia, memberships, contributions and contacts."""

import re
from decimal import Decimal
from typing import Any

from django import forms

from chanjiao.kernel.money import to_fen
from chanjiao.members.checks import ConsortiumFacts, ContactFacts
from chanjiao.members.enums import Advantage, MemberRole
from chanjiao.people.forms import RevisedForm, UnitForm, day_field

_SEPARATORS = re.compile(r"[\s,;\uff0c\uff1b\u3001]+")


class CodesField(forms.CharField):
    """Several codes in one line, however they are separated; gives a tuple."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(value)
        return tuple(code for code in _SEPARATORS.split(value or "") if code)

    def prepare_value(self, value: Any) -> Any:
        return "、".join(value) if isinstance(value, list | tuple) else value


def industries_field() -> CodesField:
    return CodesField(
        label="行业代码", max_length=200, required=False,
        help_text="GB/T 4754 代码，如 3421；多个用顿号隔开。",
    )  # fmt: skip


class AdmitForm(UnitForm):
    """A unit and its membership. A known credit code finds the unit as it stands."""

    role = forms.ChoiceField(
        label="成员角色", choices=MemberRole.choices, initial=MemberRole.MEMBER
    )
    industries = industries_field()
    joined_on = day_field("加入日期")


class MembershipForm(RevisedForm):
    """What of a membership may be corrected."""

    industries = industries_field()
    joined_on = day_field("加入日期")


class RoleForm(RevisedForm):
    role = forms.ChoiceField(label="成员角色", choices=MemberRole.choices)
    reason = forms.CharField(
        label="依据", max_length=200, required=False, help_text="如：第二届理事会第一次会议决议。"
    )


class LeaveForm(RevisedForm):
    left_on = day_field("退出日期", help_text="从这一天起不再是成员。")
    reason = forms.CharField(label="退出原因", max_length=200)


class ContributionForm(forms.Form):
    """One contribution; the amount is typed in 万元."""

    advantage = forms.ChoiceField(label="优势", choices=Advantage.choices)
    text = forms.CharField(
        label="内容", max_length=300, help_text="一条写一项，如：数控实训设备 12 台。"
    )
    amount = forms.DecimalField(
        label="折合金额（万元）", required=False, min_value=Decimal(0), max_digits=14, decimal_places=6,
        help_text="能折合成金额的填写。",
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """As the action takes them: the amount in 分."""
        typed = dict(self.cleaned_data)
        amount = typed.pop("amount")
        return typed | {"amount_fen": None if amount is None else to_fen(amount, "万元")}


def in_wan(fen: int | None) -> Decimal | None:
    """分 as the form shows it, in 万元 without needless zeros."""
    return None if fen is None else Decimal(f"{Decimal(fen) / 1_000_000:f}")


class ContactForm(forms.Form):
    """Whom to ring."""

    name = forms.CharField(label="姓名", max_length=60)
    position = forms.CharField(label="职务", max_length=60, required=False)
    phone = forms.CharField(label="电话", max_length=30, required=False)
    email = forms.EmailField(label="电子邮箱", required=False)
    is_main = forms.BooleanField(label="主要联系人", required=False)

    def facts(self) -> ContactFacts:
        return ContactFacts(**self.cleaned_data)


class ConsortiumForm(forms.Form):
    """A consortium, as the operator registers it."""

    code = forms.SlugField(
        label="代号", max_length=40, help_text="小写字母、数字和连字符，登记后不变。"
    )
    name = forms.CharField(label="名称", max_length=110)
    short_name = forms.CharField(label="简称", max_length=30)
    park = forms.CharField(label="依托园区", max_length=80)
    division_code = forms.CharField(
        label="行政区划代码", max_length=10, help_text="6 位，如 210200。"
    )
    industries = industries_field()
    industry_text = forms.CharField(label="重点产业", max_length=120, required=False)
    founded_on = day_field("成立日期", required=False)

    def facts(self) -> ConsortiumFacts:
        names = ConsortiumFacts.__dataclass_fields__
        return ConsortiumFacts(**{k: v for k, v in self.cleaned_data.items() if k in names})


class NewConsortiumForm(ConsortiumForm):
    """With the person who will run its office."""

    secretary = forms.CharField(label="秘书处负责人姓名", max_length=100)
    email = forms.EmailField(label="负责人邮箱", required=False)


class MergeForm(forms.Form):
    """Why two registrations are one unit."""

    reason = forms.CharField(label="合并理由", max_length=200)
