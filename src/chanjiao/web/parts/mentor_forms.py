"""Forms of mentors, their hours, teachers' stays, and of where graduates went."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms

from chanjiao.kernel.money import FEN_PER_YUAN, to_fen
from chanjiao.people.models import Unit
from chanjiao.reference.enums import Table
from chanjiao.reference.queries import Book
from chanjiao.reference.relevance import occupation_groups, occupation_name
from chanjiao.training.enums import Destination, Where
from chanjiao.training.models import Mentor, Outcome
from chanjiao.training.outcome_actions import JUDGED, POINTS, WORKING, OutcomeFields
from chanjiao.training.outcome_sheet import POINT_NAMES
from chanjiao.web.parts.council_forms import Day, Revised, paper
from chanjiao.web.parts.programme_forms import RowChoice

Options = list[Any]


class Yuan(forms.DecimalField):
    """An amount typed in 元, given back in 分."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label=label, min_value=Decimal(0), max_digits=12, decimal_places=2, **more)

    def clean(self, value: Any) -> Any:
        amount = super().clean(value)
        return None if amount is None else to_fen(amount)

    def prepare_value(self, value: Any) -> Any:
        """分 as 元, but what was typed as it was typed."""
        return Decimal(value) / FEN_PER_YUAN if isinstance(value, int) else value


class MentorForm(Revised):
    name = forms.CharField(label="姓名", max_length=60)
    position = forms.CharField(label="岗位或职务", max_length=80, required=False)
    qualification = forms.CharField(label="职业资格或职称", max_length=80, required=False,
                                    help_text="企业导师须填写。")  # fmt: skip
    certificate = forms.CharField(label="证书编号", max_length=60, required=False)
    years = forms.IntegerField(label="从业年限", min_value=0, max_value=60, required=False)
    contact = forms.CharField(label="联系方式", max_length=120, required=False)
    agreement = RowChoice("聘任协议", required=False, empty_label="（尚无）")
    allowance_fen = Yuan("月津贴（元）", required=False)
    at_most = forms.IntegerField(label="带徒上限", min_value=1, max_value=50, initial=5)
    dual_level = forms.CharField(label="双师型等级", max_length=20, required=False,
                                 help_text="如初级、中级、高级；未认定的留空。")  # fmt: skip
    dual_until = Day("双师型有效期至", required=False)
    starts_on = Day("聘任开始")
    ends_on = Day("聘任结束", required=False, help_text="当日不再聘任；未定的留空。")

    def __init__(
        self, *args: Any, unit: Unit, agreements: Any, row: Mentor | None = None, **more: Any
    ):
        if row is not None:
            more["initial"] = {name: getattr(row, name) for name in self.base_fields}
        super().__init__(*args, **more)
        self.fields["agreement"].offer(agreements)  # type: ignore[attr-defined]
        if not unit.is_school:
            del self.fields["dual_level"], self.fields["dual_until"]


class WorkForm(forms.Form):
    day = Day("日期")
    minutes = forms.IntegerField(label="时长（分钟）", min_value=1, max_value=1440)
    what = forms.CharField(label="内容", max_length=200)


class StayForm(forms.Form):
    host = RowChoice("实践单位", empty_label=None)
    starts_on = Day("开始日期")
    ends_on = Day("结束日期", help_text="当日不再实践。")
    days = forms.IntegerField(label="实践天数", min_value=1, max_value=366)
    what = forms.CharField(label="内容", max_length=200)
    proof = paper("证明材料")

    def __init__(self, *args: Any, hosts: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["host"].offer(hosts)  # type: ignore[attr-defined]


# Where graduates went ----------------------------------------------------------------------------
def occupation_choices(major: str, known: Book) -> Options:
    """What the major prepares for by name, then every group of occupations."""
    near = [
        (code, known.name(Table.OCCUPATION, code))
        for own, code in sorted(known.links)
        if own == major and known.has(Table.OCCUPATION, code)
    ]
    found: Options = [("", "请选择")]
    if near:
        found.append(("与所学专业对应的职业", near))
    return [*found, ("其他职业（按大类选择）", list(occupation_groups().items()))]


class AnswerForm(Revised):
    """What a graduate says; short enough for a phone."""

    destination = forms.ChoiceField(
        label="现在的去向", widget=forms.RadioSelect,
        choices=[c for c in Destination.choices if c[0] != Destination.UNKNOWN],
    )  # fmt: skip
    employer = forms.CharField(label="工作单位全称", max_length=120, required=False)
    where = forms.ChoiceField(
        label="工作所在地区", choices=[("", "请选择"), *Where.choices], required=False
    )
    occupation_code = forms.ChoiceField(label="从事的职业", required=False)
    wage_fen = Yuan("月收入（元，可不填）", required=False)

    def __init__(self, *args: Any, row: Outcome, known: Book, **more: Any) -> None:
        answered = row.destination != Destination.UNKNOWN
        names = ("destination", "employer", "where", "occupation_code", "wage_fen", "revision")
        kept = {n: getattr(row, n) for n in (names if answered else names[-1:])}
        more["initial"] = kept | more.get("initial", {})
        super().__init__(*args, **more)
        offered = occupation_choices(row.student.cohort.major_code, known)
        held = row.occupation_code
        if held and not _offers(offered, held):
            offered.insert(1, (held, occupation_name(held, known)))
        self.fields["occupation_code"].choices = offered  # type: ignore[attr-defined]

    @property
    def given(self) -> OutcomeFields:
        """What was said, without what does not belong to the destination."""
        said = {name: self.cleaned_data[name] for name in _SAID}
        if said["destination"] not in WORKING:
            return OutcomeFields(said["destination"])
        return OutcomeFields(**said)


_SAID = ("destination", "employer", "where", "occupation_code", "wage_fen")


def _offers(offered: Options, code: str) -> bool:
    return any(
        code == value or (isinstance(label, list) and any(code == inner for inner, _ in label))
        for value, label in offered
    )


class OutcomeForm(AnswerForm):
    """The school's entry: also 未联系上, and its own judgement of relevance."""

    relevant = forms.TypedChoiceField(
        label="是否对口", required=False, empty_value=None, coerce=lambda text: text == "1",
        choices=[("", "由平台判定"), ("1", "本校认定对口"), ("0", "本校认定不对口")],
    )  # fmt: skip
    relevance_reason = forms.CharField(label="认定理由", max_length=200, required=False)

    def __init__(self, *args: Any, row: Outcome, known: Book, **more: Any) -> None:
        judged = row.relevance_source == JUDGED
        initial = {
            "destination": row.destination, "relevance_reason": row.relevance_reason,
            "relevant": "" if not judged else "1" if row.relevant else "0",
        }  # fmt: skip
        super().__init__(*args, row=row, known=known, initial=initial, **more)
        self.fields["destination"].choices = Destination.choices  # type: ignore[attr-defined]

    @property
    def given(self) -> OutcomeFields:
        said = super().given
        if said.destination not in WORKING:
            return said
        names = ("relevant", "relevance_reason")
        values = {name: getattr(said, name) for name in _SAID}
        return OutcomeFields(**values, **{name: self.cleaned_data[name] for name in names})


class AskForm(forms.Form):
    """Who is asked, about which point in time, until when."""

    cohort = forms.TypedChoiceField(label="毕业批次", coerce=int)
    months = forms.TypedChoiceField(
        label="时点", coerce=int, choices=[(m, POINT_NAMES[m]) for m in POINTS]
    )
    graduated_on = Day("毕业日期")
    closes_on = Day("回访截止", help_text="截止前毕业生可以反复更正；最长 120 天。")

    def __init__(self, *args: Any, cohorts: Iterable[tuple[int, str]], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["cohort"].choices = list(cohorts)  # type: ignore[attr-defined]
