"""Forms of agreements: drafts built from a kind, signatures, refusals, paper, kinds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms

from chanjiao.agreements.checks import AgreementFacts, PartyFacts
from chanjiao.agreements.enums import FieldType, PartySide, SigningOrder
from chanjiao.agreements.kinds import Field, KindFacts, Role
from chanjiao.agreements.models import Agreement, Signature
from chanjiao.council.checks import SCANS
from chanjiao.kernel.money import FEN_PER_YUAN
from chanjiao.needs.models import Student
from chanjiao.people.models import Unit
from chanjiao.web.parts.council_forms import Day, Revised, paper, text

_OPTIONAL = "（可不填）"


@dataclass(frozen=True, slots=True)
class Offered:
    """Who may be chosen as parties."""

    units: Sequence[Unit]
    students: Sequence[Student] = ()


class DraftForm(Revised):
    """What is typed of an agreement: title, period, parties by the kind's roles, its fields.

    `student` fixes whose agreement it is; `many` leaves students and guardians to the page.
    """

    title = forms.CharField(label="协议名称", max_length=120)
    starts_on = Day("起始日期")
    ends_on = Day("终止日期", required=False, help_text="含当日；没有期限的不填。")
    sign_by = Day("签署期限", required=False, help_text="到期未签的，列入待办。")
    order = forms.ChoiceField(label="签署次序", choices=SigningOrder.choices)

    def __init__(
        self, *args: Any, kind: KindFacts, roles: Sequence[Role], offered: Offered,
        student: Student | None = None, many: bool = False, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.kind, self.roles, self.offered = kind, roles, offered
        self.student, self.many = student, many
        if many:
            self.fields["title"].help_text = "前面自动加上学生姓名。"
        if kind.about_student and student is None and not many:
            self.fields["student"] = _choice("学生", [(s.pk, _named(s)) for s in offered.students])
        for role in [] if kind.is_addendum else roles:
            self._add_role(role)
        for one in kind.fields:
            self.fields[f"value-{one.name}"] = _value_field(one)

    def _add_role(self, role: Role) -> None:
        if role.side == PartySide.UNIT:
            units = [(unit.pk, unit.name) for unit in self.offered.units]
            self.fields[f"party-{role.code}"] = _choice(role.title, units, required=role.required)
        by_page = role.side == PartySide.STUDENT or (self.many and role.side == PartySide.GUARDIAN)
        if by_page:
            return
        person = role.side != PartySide.UNIT
        self.fields[f"signatory-{role.code}"] = forms.CharField(
            label=f"{role.title}{'姓名' if person else '签署人'}", max_length=60,
            required=person and role.required,
            help_text="" if person else "如法定代表人；不填的，由该单位办理人员签署。",
        )  # fmt: skip
        if person:
            self.fields[f"contact-{role.code}"] = forms.CharField(
                label=f"{role.title}联系方式", max_length=120, required=False,
                help_text="没有账号的，凭链接签署；链接由您发给本人。",
            )  # fmt: skip

    def facts(self, student: Student | None = None, guardian: tuple[str, str] = ("", "")) -> Any:
        """What was typed, for this student where there are many."""
        given = self.cleaned_data
        whose = student or self.student or self._student()
        title = f"{whose.name}{given['title']}" if whose and self.many else given["title"]
        parties = [self._party(role, whose, guardian) for role in self.roles]
        return AgreementFacts(
            title, given["starts_on"], given["ends_on"],
            {one.name: given.get(f"value-{one.name}") for one in self.kind.fields},
            tuple(one for one in parties if one is not None), whose, given["sign_by"],
            given["order"],
        )  # fmt: skip

    def _student(self) -> Student | None:
        wanted = self.cleaned_data.get("student")
        return next((one for one in self.offered.students if one.pk == wanted), None)

    def _party(
        self, role: Role, student: Student | None, guardian: tuple[str, str]
    ) -> PartyFacts | None:
        if self.kind.is_addendum:
            return None
        name = self.cleaned_data.get(f"signatory-{role.code}", "")
        contact = self.cleaned_data.get(f"contact-{role.code}", "")
        if role.side == PartySide.UNIT:
            wanted = self.cleaned_data.get(f"party-{role.code}")
            unit = next((one for one in self.offered.units if one.pk == wanted), None)
            return PartyFacts(role.code, unit, signatory=name) if unit else None
        if role.side == PartySide.PERSON:
            return PartyFacts(role.code, signatory=name, contact=contact) if name else None
        if self.many and role.side == PartySide.GUARDIAN:
            name, contact = guardian
        return PartyFacts(role.code, student=student, signatory=name, contact=contact)


def initial_of(agreement: Agreement, kind: KindFacts) -> dict[str, Any]:
    """A draft as its form shows it."""
    names = ("title", "starts_on", "ends_on", "sign_by", "order", "revision")
    found: dict[str, Any] = {name: getattr(agreement, name) for name in names}
    for one in kind.fields:
        value = agreement.values.get(one.name)
        if one.type == FieldType.MONEY and value is not None:
            value = Decimal(value) / FEN_PER_YUAN
        found[f"value-{one.name}"] = value
    for party in agreement.parties.order_by("position"):
        found[f"party-{party.role}"] = party.unit_id
        found[f"signatory-{party.role}"] = party.signatory
        found[f"contact-{party.role}"] = party.contact
    return found


def _named(student: Student) -> str:
    return f"{student.name}（{student.student_number}）"


def _choice(
    label: str, options: Iterable[tuple[Any, str]], *, required: bool = True
) -> forms.TypedChoiceField:
    """A unit or student by its number, with a search where there are many."""
    widget = forms.Select(attrs={"data-choose": ""})
    return forms.TypedChoiceField(
        label=label, required=required, coerce=int, empty_value=None, widget=widget,
        choices=[("", "请选择"), *options],
    )  # fmt: skip


def _value_field(one: Field) -> forms.Field:
    """The input for a field of the kind; a draft may leave any of them out."""
    shared: dict[str, Any] = {
        "label": one.name if one.required else one.name + _OPTIONAL, "required": False,
        "help_text": one.help,
    }  # fmt: skip
    if one.type == FieldType.LONG:
        return text(shared.pop("label"), 3, max_length=4000, **shared)
    if one.type == FieldType.DATE:
        return Day(shared.pop("label"), **shared)
    if one.type == FieldType.WHOLE:
        return forms.IntegerField(min_value=0, max_value=999_999_999, **shared)
    if one.type == FieldType.MONEY:
        shared["label"] += "（元）"
        return forms.DecimalField(min_value=0, max_digits=15, decimal_places=2, **shared)
    if one.type == FieldType.CHOICE:
        options = [("", "请选择"), *((name, name) for name in one.choices)]
        return forms.ChoiceField(choices=options, **shared)
    return forms.CharField(max_length=200, **shared)


# Signing -----------------------------------------------------------------------------------------
class Seen(forms.Form):
    """Carries the digest of the text the person saw."""

    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def look_again(self, digest: str) -> None:
        """After a refusal the page shows the newest text: the next try is about that one."""
        if self.is_bound and self.data.get("digest") != digest:
            data = dict(self.data.items())
            data.pop("read", None)
            self.data = data | {"digest": digest}


class SignForm(Seen):
    """A signature after signing in. `deputy_for`: the signatory, if the person is not that one."""

    authorisation = paper("授权委托书", kinds=SCANS)
    read = forms.BooleanField(label="我已阅读全文，同意签署")

    def __init__(
        self, *args: Any, deputy_for: str = "", kept: str = "", **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        if not deputy_for:
            del self.fields["authorisation"]
            return
        self.fields["authorisation"].label = f"{deputy_for}签字的授权委托书"
        if kept:
            self.fields["authorisation"].help_text += f"不上传的，沿用上次的“{kept}”。"


class LinkSignForm(Seen):
    """A signature by link: one's own name, typed."""

    name = forms.CharField(
        label="填写本人姓名，表示已阅读并同意", max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )  # fmt: skip


class RefuseForm(Seen):
    reason = text("不签的理由", 3, max_length=300, help_text="发起方据此修改，不用重新填写。")


class PaperForm(Seen):
    """One scan; each party that waits, ticked by the name of who signed."""

    scan = paper("签字页扫描件", required=True, kinds=SCANS)
    deputy = forms.CharField(
        label="代签人（可不填）", max_length=60, required=False,
        help_text="由受托人代签的，填受托人姓名并上传委托书；每次登记一方。",
    )  # fmt: skip
    authorisation = paper("授权委托书（代签时上传）", kinds=SCANS)

    def __init__(self, *args: Any, waiting: Iterable[Signature], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = list(waiting)
        for signature in self.waiting:
            role, label = signature.party.role, signature.party.label
            self.fields[f"with-{role}"] = forms.BooleanField(label=f"{label}已签", required=False)
            self.fields[f"signer-{role}"] = forms.CharField(
                label=f"{label}的签字人", max_length=60, required=False,
                initial=signature.party.signatory or _own_name(signature),
            )  # fmt: skip
        self.order_fields([*(n for n in self.fields if "-" in n), "scan"])

    def signers(self) -> dict[str, str]:
        """Who signed for which role."""
        roles = [signature.party.role for signature in self.waiting]
        given = self.cleaned_data
        return {
            role: given.get(f"signer-{role}", "") for role in roles if given.get(f"with-{role}")
        }


def _own_name(signature: Signature) -> str:
    student = signature.party.student
    return student.name if student and signature.party.side == PartySide.STUDENT else ""


class EndForm(Revised):
    on = Day("终止日期")
    reason = text("终止原因", 3, max_length=200)


class RenewForm(forms.Form):
    ends_on = Day("新协议的终止日期", help_text="起始日期接上一份协议的终止日期。")


class BatchForm(forms.Form):
    """Which students, ticked on the page; guardians typed beside their names."""

    def __init__(self, *args: Any, students: Sequence[Student], guardian: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.students, self.guardian = students, guardian
        for one in students:
            self.fields[f"student-{one.pk}"] = forms.BooleanField(required=False)
            if guardian:
                self.fields[f"guardian-{one.pk}"] = forms.CharField(required=False, max_length=60)
                self.fields[f"phone-{one.pk}"] = forms.CharField(required=False, max_length=120)

    def lines(self) -> list[tuple[Student, Any, Any, Any]]:
        """A student with the inputs that go beside the name."""
        return [
            (
                one, self[f"student-{one.pk}"],
                self[f"guardian-{one.pk}"] if self.guardian else None,
                self[f"phone-{one.pk}"] if self.guardian else None,
            )
            for one in self.students
        ]  # fmt: skip

    def chosen(self) -> list[tuple[Student, tuple[str, str]]]:
        given = self.cleaned_data
        return [
            (one, (given.get(f"guardian-{one.pk}", ""), given.get(f"phone-{one.pk}", "")))
            for one in self.students
            if given[f"student-{one.pk}"]
        ]
