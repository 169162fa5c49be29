"""Forms of the council's pages."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms

from chanjiao.council.checks import PAPERS, SCANS, named
from chanjiao.council.defaults import ThresholdFacts
from chanjiao.council.enums import (
    TITLES,
    Base,
    BodyKind,
    Choice,
    CommitmentKind,
    MeetingForm,
    RegulationKind,
    Reply,
    TieRule,
    VoteWay,
)
from chanjiao.council.ledger import typed
from chanjiao.council.models import Attendance, Body, Resolution, Threshold
from chanjiao.council.papers import Upload
from chanjiao.people.models import Unit, User

BLANK_THRESHOLDS = 2
Options = list[tuple[Any, str]]


class Day(forms.DateField):
    """A date, by the browser's own picker."""

    def __init__(self, label: str, **more: Any) -> None:
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, widget=widget, **more)


class Moment(forms.DateTimeField):
    """A moment of local time, by the browser's own picker."""

    def __init__(self, label: str, **more: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(label=label, widget=widget, input_formats=["%Y-%m-%dT%H:%M"], **more)


def paper(
    label: str, *, required: bool = False, kinds: tuple[str, ...] = PAPERS
) -> forms.FileField:
    accept = ",".join(f".{kind}" for kind in kinds)
    widget = forms.FileInput(attrs={"accept": accept})
    text = f"{named(kinds)}，不超过 50 MB。"
    return forms.FileField(label=label, required=required, widget=widget, help_text=text)


def upload_of(form: forms.Form, name: str = "file") -> Upload | None:
    """What was sent under a field, None for nothing."""
    sent: Any = form.cleaned_data.get(name)
    return Upload(sent.file, sent.name or "") if sent and sent.file else None


def text(label: str, rows: int = 4, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **more)


class Revised(forms.Form):
    """Carries the revision that the person saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput, initial=0, required=False)


# Bodies ----------------------------------------------------------------------------------------
class BodyForm(Revised):
    kind = forms.ChoiceField(label="类别", choices=BodyKind.choices)
    name = forms.CharField(label="名称", max_length=60)
    established_on = Day("成立日期")
    charge = text("职责", 3, required=False, max_length=300)

    def __init__(self, *args: Any, body: Body | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if body is not None:
            del self.fields["kind"], self.fields["established_on"]


class SeatForm(Revised):
    unit = forms.TypedChoiceField(label="单位", required=False, coerce=int, empty_value=None)
    holder = forms.CharField(label="姓名", max_length=60)
    position = forms.CharField(label="在单位的职务", max_length=60, required=False)
    title = forms.ChoiceField(label="席位")
    votes = forms.BooleanField(label="有表决权", required=False, initial=True)
    starts_on = Day("任期开始")
    ends_on = Day("任期届满", help_text="届满当日不再在任。")

    def __init__(
        self, *args: Any, body: Body, units: Iterable[Unit] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].choices = [(t.value, t.label) for t in TITLES[body.kind]]  # type: ignore[attr-defined]
        if units is None:
            del self.fields["unit"], self.fields["starts_on"]
        else:
            self.fields["unit"].choices = unit_options(units)  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """A day and a reason."""

    on = Day("日期")
    reason = forms.CharField(label="原因", max_length=200)


class RenewForm(forms.Form):
    seats = forms.TypedMultipleChoiceField(
        label="连任的席位", coerce=int, widget=forms.CheckboxSelectMultiple
    )
    ends_on = Day("新任期届满")


def unit_options(units: Iterable[Unit]) -> Options:
    return [("", "（无单位）"), *((unit.pk, unit.name) for unit in units)]


# Rules -----------------------------------------------------------------------------------------
def _fraction(label: str) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=1, max_value=1000)


class RuleForm(Revised):
    starts_on = Day("生效日期")
    source = forms.CharField(
        label="依据", max_length=120, help_text="例如“成员大会〔2026〕1号决议”或章程条款。"
    )
    quorum_numerator = _fraction("法定人数：分子")
    quorum_denominator = _fraction("法定人数：分母")
    written_allowed = forms.BooleanField(label="可以通讯表决", required=False)
    written_numerator = _fraction("通讯表决回收率：分子")
    written_denominator = _fraction("通讯表决回收率：分母")
    proxy_allowed = forms.BooleanField(label="可以委托其他席位", required=False)
    proxy_paper = forms.BooleanField(label="委托须有书面授权", required=False)
    proxy_limit = forms.IntegerField(
        label="每席最多接受委托", min_value=0, max_value=1000, help_text="0 表示不限。"
    )
    notice_days = forms.IntegerField(label="提前通知天数", min_value=0, max_value=365)
    tie_rule = forms.ChoiceField(label="票数相等时", choices=TieRule.choices)
    term_years = forms.IntegerField(label="任期（年）", min_value=1, max_value=20)
    meetings_per_year = forms.IntegerField(label="每年至少开会（次）", min_value=0, max_value=365)


class ThresholdForm(forms.Form):
    """One kind of motion; a blank line is passed over."""

    kind = forms.RegexField(
        r"^[a-z_]{2,24}$", label="代号", required=False,
        error_messages={"invalid": "代号用 2 至 24 个小写字母。"},
    )  # fmt: skip
    name = forms.CharField(label="议案种类", max_length=30, required=False)
    numerator = forms.IntegerField(label="分子", required=False, min_value=1, max_value=1000)
    denominator = forms.IntegerField(label="分母", required=False, min_value=1, max_value=1000)
    base = forms.ChoiceField(label="基数", choices=Base.choices, required=False)
    strict = forms.ChoiceField(
        label="条件", choices=[("", "达到（≥）"), ("1", "超过（>）")], required=False
    )
    abstentions_count = forms.BooleanField(label="弃权计入", required=False, initial=True)
    secret = forms.BooleanField(label="无记名", required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        names = ("kind", "name", "numerator", "denominator")
        if any(given.get(name) for name in names) and not all(given.get(name) for name in names):
            raise forms.ValidationError("请填全代号、种类、分子和分母。")
        return given


ThresholdSet = forms.formset_factory(ThresholdForm, extra=BLANK_THRESHOLDS, max_num=30)
THRESHOLD_FIELDS = (
    "kind", "name", "numerator", "denominator", "base", "strict", "abstentions_count", "secret",
)  # fmt: skip


def threshold_values(rows: Iterable[Threshold]) -> list[dict[str, Any]]:
    return [
        {name: getattr(row, name) for name in THRESHOLD_FIELDS} | {"strict": "1" if row.strict else ""}
        for row in rows
    ]  # fmt: skip


def thresholds_of(lines: Any) -> list[ThresholdFacts]:
    return [
        ThresholdFacts(**_threshold(form.cleaned_data))
        for form in lines
        if form.cleaned_data.get("kind")
    ]


def _threshold(given: dict[str, Any]) -> dict[str, Any]:
    return {name: given[name] for name in THRESHOLD_FIELDS} | {"strict": given["strict"] == "1"}


# Meetings --------------------------------------------------------------------------------------
class MeetingFactsForm(Revised):
    title = forms.CharField(label="名称", max_length=120)
    form = forms.ChoiceField(label="形式", choices=MeetingForm.choices)
    starts_at = Moment("开始时间")
    replies_due_at = Moment("书面表决截止", required=False, help_text="只用于通讯表决。")
    place = forms.CharField(
        label="地点", max_length=120, required=False, help_text="视频会议写会议号；通讯表决可不填。"
    )
    chair = forms.CharField(label="主持人", max_length=60)
    recorder = forms.CharField(label="记录人", max_length=60, required=False)
    agenda = text(
        "其他议程", 4, required=False, max_length=2000,
        help_text="每行一项。上次决议执行情况和议案由平台自动列入，不用重复填写。",
    )  # fmt: skip


class NewMeetingForm(MeetingFactsForm):
    body = forms.TypedChoiceField(label="机构", coerce=int)
    field_order = ["body"]

    def __init__(self, *args: Any, bodies: Iterable[Body], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = [(body.pk, body.name) for body in bodies]  # type: ignore[attr-defined]


class NoticeForm(forms.Form):
    short_notice_reason = forms.CharField(
        label="紧急召开的原因", max_length=200, required=False,
        help_text="通知天数不够时填写，将写入会议纪要。",
    )  # fmt: skip


class FileForm(forms.Form):
    title = forms.CharField(
        label="材料名称", max_length=120, required=False, help_text="留空用文件名。"
    )
    file = paper("文件", required=True)


class SignedForm(Revised):
    file = paper("签字盖章的扫描件", required=True, kinds=SCANS)


class DiscussionForm(Revised):
    text = text(
        "讨论情况", 10, required=False, max_length=8000, help_text="写入会议纪要，每行一段。"
    )


class ReplyForm(forms.Form):
    reply = forms.ChoiceField(label="回执", widget=forms.RadioSelect)
    holder = forms.TypedChoiceField(
        label="委托给", required=False, coerce=int, empty_value=None, help_text="只在委托时选择。"
    )
    authorisation = paper("委托书", kinds=SCANS)
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(
        self,
        *args: Any,
        row: Attendance,
        others: Iterable[Attendance],
        proxies: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [(r.value, r.label) for r in Reply if r != Reply.NONE]
        if not proxies:
            choices = [pair for pair in choices if pair[0] != Reply.PROXY]
            del self.fields["holder"], self.fields["authorisation"]
        else:
            found = [(one.pk, f"{one.place} {one.name}") for one in others if one.pk != row.pk]
            self.fields["holder"].choices = [("", "请选择"), *found]  # type: ignore[attr-defined]
        self.fields["reply"].choices = choices  # type: ignore[attr-defined]


# Motions ---------------------------------------------------------------------------------------
class MotionForm(Revised):
    title = forms.CharField(label="议案", max_length=120)
    text = text("内容", 6, max_length=4000)
    kind = forms.ChoiceField(label="议案种类", help_text="决定通过所需的票数，见章程规则。")
    way = forms.ChoiceField(label="表决方式")
    mover = forms.CharField(label="提出人", max_length=60, required=False)

    def __init__(
        self, *args: Any, thresholds: Iterable[Threshold], written: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(t.kind, t.name) for t in thresholds]  # type: ignore[attr-defined]
        ways = [w for w in VoteWay if (w == VoteWay.WRITTEN) == written]
        self.fields["way"].choices = [(w.value, w.label) for w in ways]  # type: ignore[attr-defined]


class AvoidanceForm(forms.Form):
    seat = forms.TypedChoiceField(label="回避的席位", coerce=int)
    reason = forms.CharField(label="原因", max_length=200)

    def __init__(self, *args: Any, seats: Iterable[Attendance], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seat"].choices = [(s.pk, f"{s.place} {s.name}") for s in seats]  # type: ignore[attr-defined]


class CountsForm(forms.Form):
    """A show of hands or a ballot; in a tie the chair's word."""

    votes_for = forms.IntegerField(label="赞成（票）", min_value=0, max_value=100_000)
    votes_against = forms.IntegerField(label="反对（票）", min_value=0, max_value=100_000)
    votes_abstained = forms.IntegerField(label="弃权（票）", min_value=0, max_value=100_000)


class CastingForm(forms.Form):
    casting = forms.ChoiceField(
        label="主持人决定", required=False,
        choices=[("", "（票数不等，不用填）"), (Choice.FOR, "赞成"), (Choice.AGAINST, "反对")],
    )  # fmt: skip


class WrittenVoteForm(forms.Form):
    choice = forms.ChoiceField(label="表决", choices=Choice.choices, widget=forms.RadioSelect)
    opinion = text("意见", 2, required=False, max_length=500)


# Resolutions, regulations ----------------------------------------------------------------------
class AssignForm(Revised):
    unit = forms.TypedChoiceField(label="责任单位", coerce=int)
    person = forms.TypedChoiceField(
        label="责任人", required=False, coerce=int, empty_value=None,
        help_text="须是责任单位的在任人员；可不指定。",
    )  # fmt: skip
    due_on = Day("办结期限")
    todo = text("落实要求", 3, required=False, max_length=300)

    def __init__(
        self, *args: Any, units: Iterable[Unit], people: Iterable[tuple[User, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(unit.pk, unit.name) for unit in units]  # type: ignore[attr-defined]
        found = [(user.pk, f"{user.name}（{unit}）") for user, unit in people]
        self.fields["person"].choices = [("", "不指定"), *found]  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    text = text("执行情况", 5, max_length=2000)
    done = forms.BooleanField(label="已办结，请秘书处核对", required=False)
    file = paper("佐证文件")


class RegulationForm(Revised):
    kind = forms.ChoiceField(label="种类", choices=RegulationKind.choices)
    title = forms.CharField(label="名称", max_length=120)
    adopted_on = Day("生效日期")
    ended_on = Day("废止日期", required=False)
    resolution = forms.TypedChoiceField(
        label="通过它的决议", required=False, coerce=int, empty_value=None
    )
    file = paper("文件")

    def __init__(
        self, *args: Any, resolutions: Iterable[Resolution], new: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        found = [(row.pk, str(row)) for row in resolutions]
        self.fields["resolution"].choices = [("", "（未登记）"), *found]  # type: ignore[attr-defined]
        if new:
            del self.fields["ended_on"]


# Commitments -----------------------------------------------------------------------------------
class _Quantity(Revised):
    """A quantity as people type it: 元 for money and equipment."""

    def kept(self, kind: Callable[[], str], name: str) -> None:
        number = self.cleaned_data.get(name)
        if number is None:
            return
        try:
            self.cleaned_data[name] = typed(kind(), number)
        except ValueError as problem:
            self.add_error(name, str(problem))


class CommitmentForm(_Quantity):
    unit = forms.TypedChoiceField(label="成员单位", coerce=int)
    kind = forms.ChoiceField(label="种类", choices=CommitmentKind.choices)
    title = forms.CharField(label="内容", max_length=120)
    promised = forms.DecimalField(
        label="承诺数量", min_value=0, max_digits=15, decimal_places=4,
        help_text="资金和设备按元，岗位按个，导师按人，课时按小时。",
    )  # fmt: skip
    promised_on = Day("承诺日期")
    due_on = Day("兑现期限", required=False)
    source = forms.CharField(label="依据", max_length=120, required=False)

    def __init__(self, *args: Any, units: Iterable[Unit] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if units is None:
            del self.fields["unit"]
        else:
            self.fields["unit"].choices = [(unit.pk, unit.name) for unit in units]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("kind"):
            self.kept(lambda: str(self.cleaned_data["kind"]), "promised")
        return self.cleaned_data


class DeliveryForm(_Quantity):
    quantity = forms.DecimalField(label="兑现数量", min_value=0, max_digits=15, decimal_places=4)
    delivered_on = Day("兑现日期")
    note = forms.CharField(label="说明", max_length=300, required=False)
    file = paper("凭证")

    def __init__(self, *args: Any, kind: str, measure: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        self.fields["quantity"].label = f"兑现数量（{measure}）"

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.kept(lambda: self.kind, "quantity")
        return self.cleaned_data
