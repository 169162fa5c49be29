"""For everybody, without an account: a province's rules on internships, and a roster tried by them.

What is tried is held in memory for the answer and nowhere else; the page is not cached.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path, reverse

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid
from chanjiao.training import roster_trial
from chanjiao.training.roster_trial import Trial
from chanjiao.web.parts.care_forms import TrialForm
from chanjiao.web.parts.export import export
from chanjiao.web.parts.forms import blame
from chanjiao.web.parts.listings import download
from chanjiao.web.parts.lists import ListColumn
from chanjiao.web.parts.page import Answer, PageRequest, Primary, page
from chanjiao_engine.redlines import NATIONAL, PROFILES, RULES, Limit, Rule, Stage, load

SHOWN_PROBLEMS = 500
SENT_AGAIN = 300  # rows that the page carries along for a download of the result
_EXPORT = (
    ListColumn("text", "规则"), ListColumn("cites", "依据"), ListColumn("stage", "时点"),
    ListColumn("severity", "处置"), ListColumn("mender", "谁补正"),
    ListColumn("waiver", "例外", lambda rule: _waiver(rule)), ListColumn("status", "核对"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as people read it; `is_own` where the province's differs from the national one."""

    rule: Rule
    is_own: bool

    @property
    def waiver(self) -> str:
        return _waiver(self.rule)


def _waiver(rule: Rule) -> str:
    return f"{rule.waiver}凭{rule.proof}" if rule.waiver else "没有例外"


@page("portal", template="care/redlines.html")
def redlines(request: PageRequest) -> Answer | HttpResponseBase:
    """The rules in force today, of the province the address names."""
    asked = request.GET.get("profile", NATIONAL)
    profile, on = asked if asked in PROFILES else NATIONAL, day_of(request.at)
    found = load(profile, on=on)
    if request.GET.get("export") in {"xlsx", "csv"}:
        return export(_EXPORT, found.rules, f"实习红线{profile}{on:%Y%m%d}", request.GET["export"])
    lines = [Line(rule, rule not in RULES) for rule in found.rules]
    return {
        "title": "实习红线",
        "primary": Primary("名单试查", reverse("portal:redlines_try")),
        "profile": profile,
        "profiles": list(PROFILES),
        "on": on,
        "stages": [
            (stage, held) for stage in Stage if (held := [x for x in lines if x.rule.stage is stage])
        ],
        "limits": [(one, _unit(one)) for one in found.limits.values()],
        "count": len(lines),
        "own": sum(line.is_own for line in lines),
    }  # fmt: skip


_LIMITS = {
    "lowest_grade": "岗位实习最低年级", "lowest_age": "岗位实习最低年龄", "adult_age": "成年年龄",
    "intensity": "不得安排的体力劳动强度（起）", "daily_minutes": "每日最长时间",
    "night_from": "夜班起", "night_until": "夜班止", "wage_percent": "报酬不低于相同岗位工资的",
    "pay_delay_months": "报酬最长支付周期", "unit_percent": "实习学生占单位在岗职工",
    "kind_percent": "占同类岗位在岗职工", "paper_days": "协议、同意书早于上岗",
    "training_days": "培训、考核、备案早于上岗", "staff_days": "在岗职工数多久核一次",
}  # fmt: skip


def _unit(limit: Limit) -> tuple[str, str]:
    """A limit's name and value in words."""
    if limit.name in {"night_from", "night_until"}:
        shown = f"{limit.value // 60}:{limit.value % 60:02d}"
    else:
        shown = f"{limit.value} {limit.unit}".replace(" %", "%")
    return _LIMITS[limit.name], shown


@page("portal", writes=True, template="care/redlines_try.html")
def redlines_try(request: PageRequest) -> Answer | HttpResponseBase:
    """What if: a roster by the rules of a province on a day, every problem by row and column."""
    form = TrialForm(
        request.POST or None, request.FILES or None, initial={"on": day_of(request.at)}
    )
    trial = _tried(request, form)
    if trial and "download" in request.POST:
        return download(BytesIO(roster_trial.workbook(trial)), "名单试查结果.xlsx")
    return _context(form, trial)


def _tried(request: PageRequest, form: TrialForm) -> Trial | None:
    if request.method != "POST":
        return None
    if form.is_valid():
        given = form.cleaned_data
        rules: Any = {"profile": given["profile"], "on": given["on"]}
        try:
            if given["file"]:
                sent = given["file"]
                return roster_trial.try_file(sent.read(), sent.name or "", **rules)
            return roster_trial.try_text(given["text"], **rules)
        except Invalid as refusal:
            blame(form, refusal)
    request.page_status = 422
    return None


def _context(form: TrialForm, trial: Trial | None) -> dict[str, Any]:
    shown = trial.problems[:SHOWN_PROBLEMS] if trial else ()
    return {
        "title": "名单试查",
        "crumbs": [("实习红线", reverse("portal:redlines"))],
        "form": form,
        "trial": trial,
        "lines": [(one, trial.student(one.row)) for one in shown] if trial else [],
        "again": trial.as_text() if trial and len(trial.rows) <= SENT_AGAIN else "",
        "left_out": len(trial.problems) - len(shown) if trial else 0,
        "most": roster_trial.MOST_ROWS,
    }


@page("portal")
def redlines_template(request: PageRequest) -> HttpResponseBase:
    return download(BytesIO(roster_trial.blank()), "实习名单试查模板.xlsx")


def urls() -> list[URLPattern]:
    """Addresses below /portal/."""
    return [
        path("redlines/", redlines, name="redlines"),
        path("redlines/try/", redlines_try, name="redlines_try"),
        path("redlines/template/", redlines_template, name="redlines_template"),
    ]
