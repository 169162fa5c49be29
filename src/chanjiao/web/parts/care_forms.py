"""Forms about what protects a student: masters, pay, safety, incidents, complaints, the trial."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from django import forms

from chanjiao.kernel import money
from chanjiao.people.models import Unit
from chanjiao.training.enums import (
    ComplaintKind,
    IncidentKind,
    PayWay,
    SafetyKind,
    Severity,
)
from chanjiao.training.hosted import Load
from chanjiao.training.models import Mentor, Placement, Stint
from chanjiao.training.roster_trial import MOST_BYTES, MOST_ROWS
from chanjiao.training.safeguard_actions import PayFacts, SafetyFacts, following
from chanjiao.training.safeguard_sheets import month_of
from chanjiao.training.trouble_actions import IncidentFacts
from chanjiao.web.parts.council_forms import Day, Moment, Revised, paper, text
from chanjiao_engine.redlines import NATIONAL, PROFILES

YES_NO = [("1", "合格"), ("0", "不合格")]


def months_in(stint: Stint, *, on: date) -> list[date]:
    """The months of a stint that have begun, the newest first."""
    found, month = [], stint.starts_on.replace(day=1)
    while month <= on and month < stint.ends_on:
        found.append(month)
        month = following(month)
    return found[::-1]


class MastersForm(Revised):
    """Who guides a student; the choices show how many others each guides meanwhile."""

    def __init__(self, loads: Sequence[Load], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.mentors = {str(load.mentor.pk): load.mentor for load in loads}
        options = [(str(load.mentor.pk), str(load)) for load in loads]
        self.fields["master"] = forms.ChoiceField(
            label="企业导师", choices=[("", "请选择"), *options]
        )
        self.fields["second"] = forms.ChoiceField(
            label="第二导师", choices=[("", "不安排"), *options], required=False
        )

    def chosen(self, name: str) -> Mentor | None:
        return self.mentors.get(self.cleaned_data[name])


class PayForm(forms.Form):
    """One month's pay."""

    month = forms.ChoiceField(label="月份")
    amount = forms.DecimalField(
        label="实发金额（元）", min_value=0, max_digits=10, decimal_places=2
    )
    way = forms.ChoiceField(label="发放方式", choices=PayWay.choices)
    paid_on = Day("发放日期")
    file = paper("发放凭证", required=False)

    def __init__(self, months: Iterable[date], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = [f"{month:%Y-%m}" for month in months]
        self.fields["month"].choices = [(m, m) for m in shown]  # type: ignore[attr-defined]

    def facts(self) -> PayFacts:
        found = self.cleaned_data
        return PayFacts(
            month_of(found["month"]), money.to_fen(found["amount"]), found["way"], found["paid_on"]
        )


class SafetyForm(forms.Form):
    """A training held or a test taken, for the ticked students."""

    kind = forms.ChoiceField(label="种类", choices=SafetyKind.choices)
    day = Day("日期")
    minutes = forms.IntegerField(label="时长（分钟）", min_value=0, max_value=1440, initial=0)
    score = forms.IntegerField(
        label="得分", min_value=0, max_value=100, required=False,
        help_text="安全考核才填；各人不同的请用 Excel。",
    )  # fmt: skip
    passed = forms.ChoiceField(label="结果", choices=YES_NO, initial="1")

    def __init__(self, stints: Iterable[Stint], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {one.placement_id: one for one in stints}
        self.fields["placements"] = forms.MultipleChoiceField(
            label="学生", widget=forms.CheckboxSelectMultiple,
            choices=[
                (str(pk), f"{one.placement.student.name}（{one.placement.school.called}，{one.position}）")
                for pk, one in offered.items()
            ],
        )  # fmt: skip
        self.offered = offered

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("kind") == SafetyKind.TRAINING and found.get("score") is not None:
            self.add_error("score", "安全培训没有得分，请清空，或改为安全考核。")
        return found

    def chosen(self) -> list[Placement]:
        return [self.offered[int(pk)].placement for pk in self.cleaned_data["placements"]]

    def facts(self) -> SafetyFacts:
        found = self.cleaned_data
        return SafetyFacts(
            found["kind"], found["day"], found["minutes"], found["score"], found["passed"] == "1"
        )


# What went wrong -------------------------------------------------------------------------------
class IncidentForm(forms.Form):
    """What happened, how bad it is, when."""

    kind = forms.ChoiceField(label="种类", choices=IncidentKind.choices)
    severity = forms.ChoiceField(
        label="程度", choices=Severity.choices,
        help_text="一般：24 小时内报告；严重（住院、骨折、被侵害等）：2 小时内；重大（危及生命）：1 小时内。",
    )  # fmt: skip
    happened_at = Moment("发生时间")
    what = text("经过", max_length=2000, help_text="时间、地点、经过、伤情和已采取的措施。")

    def facts(self) -> IncidentFacts:
        found = self.cleaned_data
        return IncidentFacts(found["kind"], found["severity"], found["happened_at"], found["what"])


class IncidentOfForm(IncidentForm):
    """The same by school or host: of which student."""

    def __init__(
        self, placements: Iterable[Placement], where: Callable[[Placement], str], *args: Any,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.offered = {str(one.pk): one for one in placements}
        named = [(pk, f"{one.student.name}（{where(one)}）") for pk, one in self.offered.items()]
        self.fields["placement"] = forms.ChoiceField(label="学生", choices=[("", "请选择"), *named])
        self.order_fields(["placement"])

    def placement(self) -> Placement:
        return self.offered[self.cleaned_data["placement"]]


class NoteForm(forms.Form):
    text = text("处理情况", 3, max_length=1000)


class CloseIncidentForm(Revised):
    finding = text("结论", 3, max_length=1000, help_text="原因、责任、处理结果和防范措施。")
    is_violation = forms.ChoiceField(
        label="是否认定为严重违规或责任事故", choices=[("", "请选择"), ("0", "不是"), ("1", "是")]
    )


class ReopenForm(Revised):
    reason = forms.CharField(label="重新打开的原因", max_length=200)


class ComplaintForm(forms.Form):
    """A student's own words, and who is to handle them."""

    kind = forms.ChoiceField(label="事项", choices=ComplaintKind.choices)
    text = text("内容", 6, max_length=2000, help_text="时间、经过、你希望怎么解决。")
    handler = forms.ChoiceField(
        label="交给谁处理", widget=forms.RadioSelect, initial="school",
        choices=[("school", "我的学校"), ("office", "联合体秘书处（学校看不到）")],
    )  # fmt: skip

    def __init__(self, hosts: Iterable[Unit], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hosts = {str(one.pk): one for one in hosts}
        self.fields["host"] = forms.ChoiceField(
            label="哪家单位", choices=[(pk, one.name) for pk, one in self.hosts.items()]
        )
        self.order_fields(["host"])

    def host(self) -> Unit:
        return self.hosts[self.cleaned_data["host"]]


class AskForm(Revised):
    question = text(
        "向单位核实的问题", 3, max_length=1000,
        help_text="单位看到的只有这段话。不要写姓名、学号、班级、工位和只有一个人知道的细节。",
    )  # fmt: skip


class AnswerForm(Revised):
    answer = text("答复", 4, max_length=1000, help_text="核实的情况和整改措施。")


class OutcomeForm(Revised):
    outcome = text("处理结果", 4, max_length=1000, help_text="学生会看到。")


class ObjectionForm(Revised):
    objection = forms.CharField(
        label="哪里不对",
        max_length=200,
        required=False,
        help_text="例如：只收到 1,800 元；没有收到。",
    )


# The trial -------------------------------------------------------------------------------------
class TrialForm(forms.Form):
    """A roster, whose rules, on which day."""

    profile = forms.ChoiceField(
        label="适用规则", choices=[(name, name) for name in PROFILES], initial=NATIONAL
    )
    on = Day("判断日期", help_text="按这一天有效的规则判断。")
    file = forms.FileField(
        label="名单文件", required=False, widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=f".xlsx 或 .csv，不超过 {MOST_BYTES // 2**20} MB、{MOST_ROWS:,} 行。",
    )  # fmt: skip
    text = text(
        "或者粘贴", 5, required=False, strip=False,
        help_text="在 Excel 里连同表头一起选中、复制，粘贴到这里。",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        sent, pasted = found.get("file"), found.get("text", "").strip()
        if not sent and not pasted and "file" not in self.errors:
            self.add_error("file", "请选择文件，或在下面粘贴名单。")
        if sent and sent.size > MOST_BYTES:
            self.add_error("file", f"文件超过 {MOST_BYTES // 2**20} MB，请删去图片或分几次试查。")
        if len(pasted.encode()) > MOST_BYTES:
            self.add_error("text", f"粘贴的内容超过 {MOST_BYTES // 2**20} MB，请分几次试查。")
        return found
