"""What a programme still lacks, by its kind: a list with what to do, not a bare refusal. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from chanjiao.training.enums import ProgrammeKind
from chanjiao.training.shares import Shares


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class as far as the requirements look at it; people are counted, never named."""

    name: str
    has_notice: bool
    is_opened: bool
    learners: int
    without_identity: int  # no agreement in force with an enterprise of the programme
    without_master: int
    without_tutor: int


@dataclass(frozen=True, slots=True)
class ProgrammeFacts:
    """What the requirements rest on."""

    kind: str
    starts_on: date
    ends_on: date
    schools: int
    enterprises: int
    has_agreement: bool
    agreement_in_force: bool
    classes: tuple[ClassFacts, ...]
    items: int
    shares: Shares
    posts_published: int
    reported_years: frozenset[int]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing, and how to mend it. `code` is stable; `part` says where to go."""

    code: str
    text: str
    advice: str
    part: str


Check = Callable[[ProgrammeFacts], Iterator[Gap]]


def _partners(facts: ProgrammeFacts) -> Iterator[Gap]:
    if not facts.enterprises:
        yield Gap("enterprise", "还没有合作企业", "请添加至少一家企业", "partners")


def _two_schools(facts: ProgrammeFacts) -> Iterator[Gap]:
    if facts.schools < 2:
        yield Gap("schools", "中高贯通须有两所学校", "请添加对接的学校", "partners")


def _agreement(facts: ProgrammeFacts) -> Iterator[Gap]:
    if not facts.has_agreement:
        yield Gap("agreement", "没有培养协议", "请在修改项目时选择已签的协议", "edit")
    elif not facts.agreement_in_force:
        yield Gap("agreement_state", "培养协议还没有生效", "请先完成协议签署", "edit")


def _classes(facts: ProgrammeFacts) -> Iterator[Gap]:
    if not facts.classes:
        yield Gap("class", "还没有班级", "请设立班级", "classes")
    for one in facts.classes:
        if not one.learners:
            yield Gap("roster", f"{one.name}没有名单", "请导入班级名单", "classes")


def _notices(facts: ProgrammeFacts) -> Iterator[Gap]:
    for one in facts.classes:
        if not (one.has_notice and one.is_opened):
            yield Gap(
                "notice", f"{one.name}没有开班通知", "请填写开班日期并上传开班通知", "classes"
            )


def _plan(facts: ProgrammeFacts) -> Iterator[Gap]:
    if not facts.items:
        yield Gap("plan", "还没有联合培养计划", "请逐条填写或导入培养计划", "plan")
    elif not facts.shares.enterprise_taught.part:
        yield Gap(
            "joint", "培养计划里没有企业承担的教学", "请写明由企业导师或校企共同授课的条目", "plan"
        )


def _enterprise_hours(facts: ProgrammeFacts) -> Iterator[Gap]:
    if facts.items and not facts.shares.enterprise.part:
        yield Gap(
            "enterprise_hours", "培养计划里没有在企业场所的学时",
            "请写明在校中厂、厂中校或企业现场的条目", "plan",
        )  # fmt: skip


def _apprentices(facts: ProgrammeFacts) -> Iterator[Gap]:
    for one in facts.classes:
        if one.without_identity:
            yield Gap(
                "identity", f"{one.name}有 {one.without_identity} 名学徒没有生效的学徒协议（双身份）",
                "请与合作企业和学生签署学徒协议", "classes",
            )  # fmt: skip
        if one.without_master:
            yield Gap(
                "master", f"{one.name}有 {one.without_master} 名学徒没有企业导师",
                "请在实习安排中指定企业导师", "classes",
            )  # fmt: skip
        if one.without_tutor:
            yield Gap(
                "tutor", f"{one.name}有 {one.without_tutor} 名学徒没有学校导师",
                "请在实习安排中指定学校指导教师", "classes",
            )  # fmt: skip


def _posts(facts: ProgrammeFacts) -> Iterator[Gap]:
    if not facts.posts_published:
        yield Gap("posts", "合作企业还没有发布岗位", "请企业在人才需求清单里发布岗位", "partners")


_ORDER: tuple[Check, ...] = (_partners, _agreement, _classes, _notices, _plan)
REQUIREMENTS: dict[str, tuple[Check, ...]] = {
    ProgrammeKind.ORDER: _ORDER,
    ProgrammeKind.APPRENTICE: (*_ORDER, _enterprise_hours, _apprentices),
    ProgrammeKind.FIELD_ENGINEER: (*_ORDER, _enterprise_hours, _posts),
    ProgrammeKind.COLLEGE: (_partners, _agreement, _classes, _plan),
    ProgrammeKind.BRIDGE: (_two_schools, _agreement, _classes, _plan),
}


def gaps_to_start(facts: ProgrammeFacts) -> list[Gap]:
    """What is missing before the training may begin; empty when nothing is."""
    return [gap for check in REQUIREMENTS[facts.kind] for gap in check(facts)]


def reports_due(facts: ProgrammeFacts, on: date) -> list[int]:
    """Calendar years a 现场工程师 programme has not reported though they are over."""
    if facts.kind != ProgrammeKind.FIELD_ENGINEER:
        return []
    last = min(on, facts.ends_on).year
    return [y for y in range(facts.starts_on.year, last) if y not in facts.reported_years]


def gaps_while_running(facts: ProgrammeFacts, on: date) -> list[Gap]:
    """What stopped being fulfilled since the start, and reports that are owed."""
    owed = [
        Gap("report", f"缺 {year} 年度报告", "请上传年度报告", "reports")
        for year in reports_due(facts, on)
    ]
    return [*gaps_to_start(facts), *owed]
