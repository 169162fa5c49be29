"""Forms of a school's placement pages."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms

from chanjiao.council.checks import PAPERS
from chanjiao.kernel.money import to_fen
from chanjiao.needs.enums import Hazard
from chanjiao.people.models import Unit
from chanjiao.training.enums import Intensity, PlacementKind, SafetyKind, Site
from chanjiao.training.models import Mentor, Placement, Stint
from chanjiao.training.placement_facts import StintFacts, clock
from chanjiao.training.placement_papers import Guardian, Terms
from chanjiao.training.placement_preparing import Declaration
from chanjiao.training.safeguard_actions import Policy, SafetyFacts
from chanjiao.web.parts.council_forms import Day, Revised, paper
from chanjiao_engine.redlines import PROFILES

YES_NO = [("", "未说明"), ("yes", "是"), ("no", "否")]
_SAID = {"yes": True, "no": False}
_STATED = {True: "yes", False: "no", None: ""}


def yuan(label: str, **more: Any) -> forms.DecimalField:
    """Money typed in 元."""
    return forms.DecimalField(
        label=f"{label}（元）", min_value=0, max_digits=12, decimal_places=2, required=False, **more
    )


def _lines(label: str, initial: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=1000, initial=initial, widget=forms.Textarea(attrs={"rows": 2})
    )


class Clock(forms.TimeField):
    """A time of day, by the browser's own picker; minutes after midnight in `minutes`."""

    def __init__(self, label: str, **more: Any) -> None:
        widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
        super().__init__(label=label, widget=widget, **more)


class StintForm(Revised):
    """Where, at which post, under which conditions. The last day is typed; it counts."""

    host = forms.TypedChoiceField(label="实习单位", coerce=int)
    position = forms.CharField(label="岗位", max_length=120)
    occupation_code = forms.CharField(
        label="职业代码", max_length=16, help_text="如 6-18-01-01；同类岗位按它计人数。"
    )
    major_codes = forms.CharField(
        label="对口专业代码", max_length=200, required=False, help_text="多个用空格隔开。"
    )
    workplace = forms.CharField(label="工作地点", max_length=120, required=False)
    starts_on = Day("开始日期")
    last_on = Day("最后一天")
    wage = yuan("月报酬")
    peer_wage = yuan("相同岗位月工资")
    lowest_wage = yuan("最低档月工资")
    same_post_staff = forms.IntegerField(label="同类岗位职工数", min_value=0, required=False)
    day_hours = forms.DecimalField(
        label="每日工时（小时）",
        min_value=0,
        max_value=24,
        max_digits=4,
        decimal_places=2,
        initial=8,
    )
    begins = Clock("上班时间", initial="08:00")
    ends = Clock("下班时间", initial="17:00", help_text="早于上班时间的，按次日计。")
    intensity = forms.ChoiceField(
        label="体力劳动强度", choices=[("", "未说明"), *Intensity.choices], required=False
    )
    hazards = forms.MultipleChoiceField(
        label="危害因素", choices=Hazard.choices, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    chemical_site = forms.ChoiceField(label="在危险化学品场所内", choices=YES_NO, required=False)
    independent = forms.BooleanField(
        label="相对独立参与实际工作",
        required=False,
        initial=True,
        help_text="报酬下限只对这样的学生。",
    )
    site = forms.ChoiceField(label="场所", choices=[c for c in Site.choices if c[0] != Site.SCHOOL])
    site_registered = forms.ChoiceField(
        label="场所已依法登记", choices=YES_NO, required=False, help_text="校中厂、厂中校须填写。"
    )
    master = forms.TypedChoiceField(label="企业导师", coerce=int, empty_value=None, required=False)
    second_master = forms.TypedChoiceField(
        label="第二导师", coerce=int, empty_value=None, required=False
    )

    def __init__(
        self, *args: Any, hosts: Iterable[Unit], masters: Iterable[Mentor], stint: Stint | None = None,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self._hosts = {unit.pk: unit for unit in hosts}
        self._masters = {one.pk: one for one in masters}
        named = [(pk, f"{one.name}（{one.unit.called}）") for pk, one in self._masters.items()]
        self.choose("host", [(pk, unit.name) for pk, unit in self._hosts.items()])
        self.choose("master", [("", "未定"), *named])
        self.choose("second_master", [("", "没有"), *named])
        for name, value in _initial(stint).items():
            self.initial.setdefault(name, value)

    def choose(self, name: str, options: list[tuple[Any, str]]) -> None:
        field: Any = self.fields[name]
        field.choices = options

    def facts(self) -> StintFacts:
        """What was typed, as the action takes it."""
        given = self.cleaned_data
        return StintFacts(
            host=self._hosts[given["host"]], position=given["position"].strip(),
            occupation_code=given["occupation_code"].strip(),
            major_codes=given["major_codes"].replace("、", " ").split(),
            workplace=given["workplace"].strip(), starts_on=given["starts_on"],
            ends_on=given["last_on"] + timedelta(days=1), wage_fen=_fen(given["wage"]),
            peer_wage_fen=_fen(given["peer_wage"]), lowest_wage_fen=_fen(given["lowest_wage"]),
            same_post_staff=given["same_post_staff"], day_minutes=int(given["day_hours"] * 60),
            from_minute=_minute(given["begins"]), to_minute=_minute(given["ends"]),
            intensity=given["intensity"], hazards=list(given["hazards"]),
            chemical_site=_SAID.get(given["chemical_site"]), independent=given["independent"],
            site=given["site"], site_registered=_SAID.get(given["site_registered"]),
            master=self._masters.get(given["master"]),
            second_master=self._masters.get(given["second_master"]),
        )  # fmt: skip


class PlacementForm(StintForm):
    """A student and one stint; more stints come by “岗位变更”."""

    field_order = ("student_number", "kind", "profile", "tutor", "self_chosen")
    student_number = forms.CharField(label="学号", max_length=30)
    kind = forms.ChoiceField(label="类型", choices=PlacementKind.choices, initial="post")
    profile = forms.ChoiceField(label="适用规则", choices=[(name, name) for name in PROFILES])
    tutor = forms.TypedChoiceField(
        label="学校指导教师", coerce=int, empty_value=None, required=False
    )
    self_chosen = forms.BooleanField(label="学生自行联系", required=False)

    def __init__(
        self,
        *args: Any,
        tutors: Iterable[Mentor],
        placement: Placement | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tutors = {one.pk: one for one in tutors}
        self.choose("tutor", [("", "未定"), *((pk, one.name) for pk, one in self.tutors.items())])
        if placement is not None:
            del self.fields["student_number"]
            for name in ("kind", "profile", "self_chosen", "revision"):
                self.initial.setdefault(name, getattr(placement, name))
            self.initial.setdefault("tutor", placement.tutor_id)


class RotateForm(StintForm):
    reason = forms.CharField(label="变更原因", max_length=200)


class FromRoundForm(forms.Form):
    round = forms.TypedChoiceField(label="匹配轮次", coerce=int)
    profile = forms.ChoiceField(label="适用规则", choices=[(name, name) for name in PROFILES])


# For many at once ------------------------------------------------------------------------------
class TutorForm(forms.Form):
    tutor = forms.TypedChoiceField(label="学校指导教师", coerce=int)

    def __init__(self, *args: Any, tutors: Iterable[Mentor], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tutors = {one.pk: one for one in tutors}
        field: Any = self.fields["tutor"]
        field.choices = [(pk, one.name) for pk, one in self.tutors.items()]


class DeclareForm(forms.Form):
    """All four are asked; none is ticked beforehand."""

    clean_hands = forms.BooleanField(
        label="没有向学生收取押金、培训费、管理费等任何费用，没有扣押学生证件；不由中介组织或管理；没有强制学生到指定单位",
    )  # fmt: skip
    mental_assessed_on = Day("心理健康评估日期", required=False)
    filed_on = Day("备案日期", required=False)

    def declaration(self) -> Declaration:
        given = self.cleaned_data
        return Declaration(
            intermediary=False, forced=False, fees_charged=False, papers_held=False,
            mental_assessed_on=given["mental_assessed_on"], filed_on=given["filed_on"],
        )  # fmt: skip


class PapersForm(forms.Form):
    """Terms common to all, and a guardian for each student who has no consent yet."""

    content = _lines("实习内容", "按联合培养计划进行岗位实习。")
    rest = forms.CharField(
        label="休息休假", max_length=200, initial="每周休息 2 日，法定节假日休息。"
    )
    payday = forms.IntegerField(label="每月发放日", min_value=1, max_value=28, initial=15)
    lodging = _lines("食宿安排", "实习单位提供工作餐；住宿按学校安排。")
    protection = _lines("劳动保护", "实习单位免费提供劳动防护用品，上岗前进行安全培训和考核。")
    insured_by = forms.ChoiceField(
        label="投保方", choices=[(x, x) for x in ("甲方", "乙方", "甲方和乙方")],
        help_text="甲方是学校，乙方是实习单位。",
    )  # fmt: skip
    insurance = forms.CharField(
        label="责任保险", max_length=200, help_text="保险公司、险种和保单号。"
    )
    assessment = _lines("考核方式", "企业评价、学校评价、学习记录和实习总结按班级权重合成。")
    risks = _lines("风险告知", "")
    contact = forms.CharField(label="学校联系人", max_length=100, help_text="姓名和电话。")
    sign_by = Day("签署期限", required=False)

    def __init__(self, *args: Any, rows: Iterable[Placement] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._wanting = [row for row in rows if row.consent_id is None]
        for row in self._wanting:
            named = forms.CharField(label=f"{row.student.name} 的监护人", max_length=60)
            self.fields[f"guardian_{row.pk}"] = named
            self.fields[f"reach_{row.pk}"] = forms.CharField(
                label=f"{row.student.name} 监护人的联系方式", max_length=120, required=False
            )

    def terms(self) -> Terms:
        names = ("content", "rest", "payday", "lodging", "protection", "insured_by", "insurance",
                 "assessment", "risks", "contact", "sign_by")  # fmt: skip
        return Terms(**{name: self.cleaned_data[name] for name in names})

    def guardians(self) -> dict[int, Guardian]:
        given = self.cleaned_data
        return {
            row.pk: Guardian(given[f"guardian_{row.pk}"], given[f"reach_{row.pk}"])
            for row in self._wanting
        }


class InsureForm(forms.Form):
    insurer = forms.CharField(label="保险公司", max_length=80)
    policy = forms.CharField(label="保单号", max_length=60)
    starts_on = Day("保险起期")
    last_on = Day("保险最后一天")
    paid_by_student = forms.BooleanField(label="保费由学生承担（法规不允许）", required=False)

    def facts(self) -> Policy:
        given = self.cleaned_data
        return Policy(
            given["insurer"], given["policy"], given["starts_on"],
            given["last_on"] + timedelta(days=1), given["paid_by_student"],
        )  # fmt: skip


class SafetyForm(forms.Form):
    kind = forms.ChoiceField(label="种类", choices=SafetyKind.choices)
    day = Day("日期")
    minutes = forms.IntegerField(label="时长（分钟）", min_value=0, max_value=1440, initial=240)
    score = forms.IntegerField(label="考核得分", min_value=0, max_value=100, required=False)
    passed = forms.BooleanField(label="合格", required=False, initial=True)

    def facts(self) -> SafetyFacts:
        return SafetyFacts(**self.cleaned_data)


class StopForm(forms.Form):
    on = Day("终止日期", help_text="当日起不再实习。")
    reason = forms.CharField(label="终止原因", max_length=200)


class ExceptionForm(forms.Form):
    reason = forms.CharField(label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    file = paper("证明材料", required=True, kinds=PAPERS)


def _initial(stint: Stint | None) -> dict[str, Any]:
    if stint is None:
        return {}
    same = ("position", "occupation_code", "workplace", "same_post_staff", "intensity", "hazards",
            "independent", "site", "starts_on")  # fmt: skip
    return {name: getattr(stint, name) for name in same} | {
        "host": stint.host_id, "major_codes": " ".join(stint.major_codes),
        "last_on": stint.ends_on - timedelta(days=1), "wage": _yuan(stint.wage_fen),
        "peer_wage": _yuan(stint.peer_wage_fen), "lowest_wage": _yuan(stint.lowest_wage_fen),
        "day_hours": round(stint.day_minutes / 60, 2), "begins": clock(stint.from_minute),
        "ends": clock(stint.to_minute), "chemical_site": _STATED[stint.chemical_site],
        "site_registered": _STATED[stint.site_registered], "master": stint.master_id,
        "second_master": stint.second_master_id,
    }  # fmt: skip


def _minute(time: Any) -> int:
    return int(time.hour) * 60 + int(time.minute)


def _fen(amount: Any) -> int | None:
    return None if amount is None else to_fen(amount)


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else f"{fen // 100}.{fen % 100:02d}"
