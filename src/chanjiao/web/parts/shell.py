"""What every page's frame needs: navigation, the switcher, the bell, and defaults for its blocks."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from chanjiao.notices.queries import unread_count
from chanjiao.people.enums import Duty
from chanjiao.web.parts.standing import Place, remembered, standing_of

# (audience, label, URL name). "组/项" gathers entries in a group: it stands where its first entry
# stands, leads there, and shows its entries in a second row while one of them is open.
NAVIGATION: list[tuple[str, str, str]] = [
    ("desk", "工作台", "desk:home"),
    ("desk", "成员", "desk:member_list"),
    ("desk", "供需/人才需求", "desk:post_list"),
    ("desk", "供需/技术需求", "desk:technology_list"),
    ("desk", "供需/核心产品", "desk:product_list"),
    ("desk", "供需/学生批次", "desk:cohort_list"),
    ("desk", "供需/团队", "desk:team_list"),
    ("desk", "供需/工位", "desk:station_list"),
    ("desk", "供需/供需图表", "desk:charts"),
    ("desk", "匹配", "desk:round_list"),
    ("desk", "育人/培养项目", "desk:programme_list"),
    ("desk", "育人/导师", "desk:mentor_list"),
    ("desk", "育人/教师企业实践", "desk:stay_list"),
    ("desk", "育人/毕业去向", "desk:retention"),
    ("desk", "治理/会议", "desk:meeting_list"),
    ("desk", "治理/决议", "desk:resolution_list"),
    ("desk", "治理/机构与席位", "desk:body_list"),
    ("desk", "治理/制度库", "desk:regulation_list"),
    ("desk", "治理/承诺兑现", "desk:commitment_list"),
    ("desk", "协议", "desk:agreement_list"),
    ("desk", "计划/任务", "desk:task_list"),
    ("desk", "计划/年度计划", "desk:plan_list"),
    ("desk", "计划/佐证", "desk:evidence_list"),
    ("desk", "计划/整改", "desk:rectification_list"),
    ("desk", "计划/进展催办", "desk:late_list"),
    ("desk", "指标/指标", "desk:indicator_home"),
    ("desk", "指标/年度", "desk:period_list"),
    ("desk", "指标/指标集", "desk:set_list"),
    ("desk", "指标/年度报告", "desk:report_list"),
    ("desk", "育人/实习统计", "desk:training"),
    ("desk", "育人/实习事件", "desk:incident_list"),
    ("desk", "育人/学生反映", "desk:complaint_list"),
    ("desk", "驾驶舱", "desk:cockpit"),
    ("desk", "导入", "desk:import_list"),
    ("desk", "人员", "desk:people_list"),
    ("member", "工作台", "member:home"),
    ("member", "本单位", "member:unit"),
    ("member", "供需/人才需求", "member:post_list"),
    ("member", "供需/技术需求", "member:technology_list"),
    ("member", "供需/核心产品", "member:product_list"),
    ("member", "供需/团队", "member:team_list"),
    ("member", "供需/工位", "member:station_list"),
    ("member", "学生/学生批次", "member:cohort_list"),
    ("member", "学生/学生名册", "member:student_list"),
    ("member", "匹配/匹配轮次", "member:round_list"),
    ("member", "匹配/评分", "member:scoring_list"),
    ("member", "协议", "member:agreement_list"),
    ("member", "育人/培养项目", "member:programme_list"),
    ("member", "育人/导师", "member:mentor_list"),
    ("member", "育人/教师企业实践", "member:stay_list"),
    ("member", "育人/毕业去向", "member:outcome_list"),
    ("member", "实习/实习安排", "member:placement_list"),
    ("member", "实习/上岗检查", "member:placement_gate"),
    ("member", "实习/学习记录", "member:learning_list"),
    ("member", "实习/批阅周记", "member:marking"),
    ("member", "实习/导师确认", "member:mentor_link_list"),
    ("member", "实习/随机走访", "member:draw_list"),
    ("member", "实习/实习档案", "member:archive_list"),
    ("member", "实习/实习学生", "member:hosted_list"),
    ("member", "实习/报酬", "member:pay_list"),
    ("member", "实习/事件", "member:incident_list"),
    ("member", "实习/学生反映", "member:complaint_list"),
    ("member", "实习/待核实的反映", "member:question_list"),
    ("member", "计划/任务", "member:task_list"),
    ("member", "计划/佐证", "member:evidence_list"),
    ("member", "计划/整改", "member:rectification_list"),
    ("member", "治理/会议", "member:meeting_list"),
    ("member", "治理/决议", "member:resolution_list"),
    ("member", "治理/承诺兑现", "member:commitment_list"),
    ("member", "治理/制度库", "member:regulation_list"),
    ("member", "指标/年报", "member:return_list"),
    ("member", "指标/指标", "member:indicator_home"),
    ("member", "指标/年度报告", "member:report_list"),
    ("member", "导入", "member:import_list"),
    ("member", "联合体成员", "member:fellow_list"),
    ("member", "人员", "member:people_list"),
    ("authority", "工作台", "authority:home"),
    ("authority", "证据包", "authority:pack_list"),
    ("authority", "并列比较", "authority:compare"),
    ("authority", "签名人", "authority:signer_list"),
    ("student", "首页", "student:home"),
    ("student", "填报志愿", "student:round_list"),
    ("student", "我的结果", "student:result_list"),
    ("student", "我的班级", "student:class_list"),
    ("student", "我的协议", "student:agreement_list"),
    ("student", "实习", "student:placement"),
    ("student", "权益/报酬确认", "student:pay_list"),
    ("student", "权益/反映问题", "student:complaint_list"),
    ("student", "权益/报告事件", "student:incident"),
    ("operator", "系统", "operator:home"),
    ("operator", "联合体", "operator:consortium_list"),
    ("operator", "主管部门", "operator:authority_list"),
    ("operator", "单位", "operator:unit_list"),
    ("operator", "账号", "operator:user_list"),
    ("operator", "登录锁定", "operator:lockout_list"),
    ("operator", "留痕", "operator:trail_list"),
    ("portal", "首页", "portal:home"),
    ("portal", "匹配公示", "portal:round_list"),
    ("portal", "年度指标", "portal:period_list"),
    ("portal", "实习红线/规则", "portal:redlines"),
    ("portal", "实习红线/名单试查", "portal:redlines_try"),
]
# Of the three duties' pages, each is shown to those it is for (docs/decisions/0005-roles.md).
_FOR_DUTY = {
    "operator:consortium_list": {Duty.OPERATOR},
    "operator:authority_list": {Duty.OPERATOR},
    "operator:unit_list": {Duty.OPERATOR},
    "operator:user_list": {Duty.OPERATOR, Duty.SECURITY},
    "operator:lockout_list": {Duty.OPERATOR, Duty.SECURITY},
    "operator:trail_list": {Duty.AUDITOR},
}
_FOR_SCHOOLS = {
    "member:student_list", "member:placement_list", "member:placement_gate", "member:outcome_list",
    "member:marking", "member:draw_list", "member:archive_list", "member:pay_list",
    "member:complaint_list",
}  # fmt: skip
_FOR_HOSTS = {"member:hosted_list", "member:question_list"}
_HOMES = {"desk": "desk:home", "member": "member:home", "student": "student:home",
          "authority": "authority:home", "operator": "operator:home", "portal": "portal:home"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the navigation; a group leads to its first entry and holds them all."""

    label: str
    url: str
    current: bool
    within: tuple["Item", ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame around a page."""

    audience: str
    items: tuple[Item, ...]
    within: Item | None
    place: Place | None
    places: tuple[Place, ...]
    home: str
    unread: int
    person: str


def shell(request: HttpRequest) -> dict[str, Any]:
    """Defaults that a view's context overrides, and the frame."""
    return {"title": "", "crumbs": (), "primary": None, "frame": frame(request)}


def frame(request: HttpRequest) -> Frame:
    actor = getattr(request, "actor", None)
    standing = standing_of(request)
    audience = _audience(request, [place.audience for place in standing.places])
    place = standing.chosen(audience, remembered(request))
    school = place is not None and place.unit is not None and place.unit.is_school
    items = navigation(audience, request.path, actor.user.duty if actor else "", school=school)
    return Frame(
        audience=audience,
        items=items,
        within=next((item for item in items if item.current and item.within), None),
        place=place,
        places=standing.places,
        home=address(_HOMES[audience]) or address("home") or "/",
        unread=unread_count(actor) if actor else 0,
        person=actor.name if actor else "",
    )


def navigation(
    audience: str, path: str, duty: str = "", *, school: bool = False
) -> tuple[Item, ...]:
    """The audience's entries for this duty and side; the longest address that begins `path` is current."""
    found = [
        (label, reverse(name))
        for whose, label, name in NAVIGATION
        if whose == audience
        and duty in _FOR_DUTY.get(name, {duty})
        and name not in (_FOR_HOSTS if school else _FOR_SCHOOLS)
    ]
    here = max((url for _, url in found if path.startswith(url)), key=len, default="")
    groups: dict[str, list[Item]] = {}
    for label, url in found:
        group, _, own = label.rpartition("/")
        groups.setdefault(group or own, []).append(Item(own, url, url == here))
    return tuple(_entry(label, items) for label, items in groups.items())


def _entry(label: str, items: list[Item]) -> Item:
    """A group as one entry; a group of one is that one, under the group's name."""
    current = any(item.current for item in items)
    return Item(label, items[0].url, current, tuple(items) if len(items) > 1 else ())


def address(name: str) -> str:
    """The URL of a name, empty where no package offers it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def home_of(audience: str) -> str:
    """The start page of an audience, empty where it has none."""
    return address(_HOMES.get(audience, "home"))


def _audience(request: HttpRequest, audiences: list[str]) -> str:
    """Whose frame is drawn: the page's own; on account pages that of the person's first place."""
    current = getattr(request, "audience", "portal")
    if current == "account" and getattr(request, "actor", None):
        kept = str(request.session.get("audience", ""))
        return kept if kept in audiences else audiences[0] if audiences else "portal"
    return current if current in _HOMES else "portal"
