"""Two order classes and an apprenticeship: mentors, agreement, class, joint plan, start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO

from chanjiao.agreements.actions import create_agreement, create_agreements
from chanjiao.agreements.checks import AgreementFacts, PartyFacts
from chanjiao.agreements.kinds import kind_called
from chanjiao.agreements.models import Agreement
from chanjiao.agreements.sending import send_agreements
from chanjiao.council.papers import Upload
from chanjiao.demo.cast import Cast
from chanjiao.demo.pupils import person_name
from chanjiao.demo.training_papers import sign_all
from chanjiao.demo.year_files import picture
from chanjiao.kernel.clock import day_of
from chanjiao.needs.models import Cohort, Post, Student
from chanjiao.training.class_actions import enrol, open_class
from chanjiao.training.enums import MentorKind, ProgrammeKind, Site, Teacher
from chanjiao.training.models import Mentor, Programme, TrainingClass
from chanjiao.training.plan_actions import ItemFields, write_plan
from chanjiao.training.programme_actions import (
    ProgrammeFields,
    add_partner,
    create_programme,
    start_programme,
)
from chanjiao.training.register_actions import MentorFields, add_mentor

LESSON = 45


@dataclass(frozen=True)
class Group:
    """A class of the demonstration: whose, with whom, how many, at which posts (host, title)."""

    kind: str
    name: str
    school: str
    cohort: str
    size: int
    posts: tuple[tuple[str, str], ...]
    accounts: tuple[str, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(host for host, _ in self.posts))


GROUPS = (
    Group(
        ProgrammeKind.ORDER, "大连机床数控订单班", "dlzyjsxy", "数控技术大连机床订单班", 24,
        (("jichuang", "数控机床操作实习生"),), ("xuesheng21", "xuesheng22", "xuesheng23"),
    ),
    Group(
        ProgrammeKind.ORDER, "锂湾动力储能订单班", "jzxny", "储能材料技术专业毕业年级", 20,
        (("liwan", "电池制造实习生"),), ("xuesheng31",),
    ),
    Group(
        ProgrammeKind.APPRENTICE, "智能制造装备现代学徒班", "dlzyjsxy", "智能制造装备技术学徒班", 12,
        (("jichuang", "机床装调维修学徒"), ("bofeng", "装配钳工学徒")), (),
    ),
)  # fmt: skip
# code, course, what, lessons, site, teacher, core, real project
_PLAN = (
    ("1.1", "入企教育", "企业文化、安全生产与劳动纪律", 16, Site.ENTERPRISE, Teacher.ENTERPRISE, False, False),
    ("1.2", "职业素养", "班组管理与质量意识", 24, Site.SCHOOL, Teacher.BOTH, False, False),
    ("2.1", "专业核心课一", "工艺规程与图样识读", 64, Site.SCHOOL, Teacher.SCHOOL, True, False),
    ("2.2", "专业核心课二", "设备操作与参数设置", 72, Site.FACTORY_IN_SCHOOL, Teacher.BOTH, True, True),
    ("2.3", "专业核心课三", "装配、调试与检测", 72, Site.SCHOOL_IN_FACTORY, Teacher.BOTH, True, True),
    ("2.4", "专业核心课四", "故障诊断与维护", 48, Site.SCHOOL, Teacher.SCHOOL, True, False),
    ("3.1", "岗位实践", "跟岗：在导师指导下完成工序", 120, Site.ENTERPRISE, Teacher.ENTERPRISE, False, True),
    ("3.2", "岗位实践", "顶岗：独立完成典型零件或单元", 160, Site.ENTERPRISE, Teacher.ENTERPRISE, True, True),
    ("3.3", "岗位实践", "质量检验与生产记录", 40, Site.ENTERPRISE, Teacher.ENTERPRISE, False, True),
    ("4.1", "项目实训", "企业真实项目：工装改进", 48, Site.FACTORY_IN_SCHOOL, Teacher.BOTH, True, True),
    ("4.2", "综合考核", "结业答辩与岗位评价", 16, Site.ENTERPRISE, Teacher.BOTH, False, False),
)  # fmt: skip
_MENTORS = {"jichuang": 10, "liwan": 5, "bofeng": 3, "dlzyjsxy": 9, "jzxny": 5}
_DUAL = ("初级", "中级", "高级")


def cohort_of(cast: Cast, group: Group) -> Cohort:
    return Cohort.objects.select_related("consortium", "unit").get(
        unit=cast.units[group.school], title__endswith=group.cohort
    )


def students_of(cast: Cast, group: Group) -> list[Student]:
    rows = cohort_of(cast, group).students.select_related("cohort__consortium", "school", "user")
    return list(rows.order_by("student_number")[: group.size])


def posts_of(cast: Cast, group: Group) -> list[Post]:
    return [
        Post.objects.select_related("unit")
        .filter(unit=cast.units[host], title=title)
        .earliest("pk")
        for host, title in group.posts
    ]


def register_mentors(cast: Cast) -> None:
    """Masters of the hosts, tutors of the schools; two thirds of the tutors are 双师型."""
    on = day_of(cast.season.tick(0))
    for key, count in _MENTORS.items():
        unit = cast.units[key]
        for number in range(count):
            is_school = unit.is_school
            fields = MentorFields(
                name=person_name("mentor", key, number), starts_on=on - timedelta(days=400),
                ends_on=on + timedelta(days=400 if number else 100),
                position="专任教师" if is_school else "班组长",
                qualification="讲师" if is_school else "高级工", years=6 + number,
                contact=f"1300000{8000 + number:04}", at_most=10 if is_school else 5,
                allowance_fen=None if is_school else 60_000,
                dual_level=_DUAL[number % 3] if is_school and number % 3 else "",
                dual_until=on + timedelta(days=700) if is_school and number % 3 else None,
            )  # fmt: skip
            add_mentor(cast.consortium, unit, fields, by=cast.actor(key), at=cast.season.tick(5))


def mentors_of(cast: Cast, key: str) -> list[Mentor]:
    kind = MentorKind.SCHOOL if cast.units[key].is_school else MentorKind.ENTERPRISE
    return list(Mentor.objects.filter(unit=cast.units[key], kind=kind).order_by("pk"))


def found_programme(cast: Cast, group: Group, ends_on: date) -> Programme:
    """Agreement signed, partners, a class with its roster and notice, the joint plan."""
    season, school = cast.season, cast.units[group.school]
    on = day_of(season.tick(0))
    agreement = _agreement(cast, group, on, ends_on)
    fields = ProgrammeFields(group.kind, group.name, on, ends_on, agreement)
    programme = create_programme(
        cast.consortium, school, fields, by=cast.actor(group.school), at=season.tick()
    )
    for host in group.hosts:
        add_partner(
            programme, cast.units[host], duty="提供岗位、导师和真实项目",
            by=cast.actor(group.school), at=season.tick(),
        )  # fmt: skip
    one = open_class(
        programme, cohort_of(cast, group), name=group.name, opened_on=on,
        notice=Upload(BytesIO(picture(f"开班通知 {group.name}", "PDF")), "开班通知（示例）.pdf"),
        by=cast.actor(group.school), at=season.tick(),
    )  # fmt: skip
    enrol(
        one, students_of(cast, group), starts_on=on, by=cast.actor(group.school), at=season.tick()
    )
    write_plan(programme, _items(cast, group), by=cast.actor(group.school), at=season.tick())
    return programme


def begin_programme(cast: Cast, group: Group) -> None:
    """Nothing is missing any more."""
    programme = Programme.objects.get(name=group.name)
    start_programme(programme, by=cast.actor(group.school), at=cast.season.tick())


def class_of(group: Group) -> TrainingClass:
    return TrainingClass.objects.select_related("programme").get(programme__name=group.name)


def _items(cast: Cast, group: Group) -> list[ItemFields]:
    host, school = cast.units[group.hosts[0]], cast.units[group.school]
    return [
        ItemFields(
            code, course, title, lessons * LESSON, site, teacher,
            school if site in {Site.SCHOOL, Site.FACTORY_IN_SCHOOL} else host, core, real,
        )
        for code, course, title, lessons, site, teacher, core, real in _PLAN
    ]  # fmt: skip


def _agreement(cast: Cast, group: Group, on: date, ends_on: date) -> Agreement:
    order = group.kind == ProgrammeKind.ORDER
    school, host = cast.units[group.school], cast.units[group.hosts[0]]
    values: dict[str, object] = {
        "班级名称": group.name, "专业": group.cohort, "人数": group.size,
        "选拔办法": "学生自愿报名，校企双方面试选拔，名单公示。",
        "培养方案": "双方共同制定联合培养计划，企业场所学时不少于三成。",
        "乙方投入": "提供实训岗位、企业导师和奖学金。", "就业岗位": "数控操作、装配调试等技术岗位",
        "录用条件": "结业考核合格，双方自愿签订劳动合同。",
    } if order else {
        "合作内容": "现代学徒制联合培养，轮岗实践，双导师指导。", "甲方投入": "师资、实训室和教学管理。",
        "乙方投入": "岗位、师傅和真实生产任务。", "成果归属": "教学成果双方共有。",
        "联系机制": "教务处与人力资源部，每月会商一次。",
    }  # fmt: skip
    facts = AgreementFacts(
        f"{group.name}联合培养协议", on, ends_on, values,
        (PartyFacts("school", unit=school), PartyFacts("enterprise", unit=host)),
    )  # fmt: skip
    by, at = cast.actor(group.school), cast.season.tick()
    kind = kind_called(cast.consortium, "order-class" if order else "framework")
    made = create_agreement(
        kind, facts, consortium=cast.consortium, unit=school, by=by, at=at
    )  # fmt: skip
    send_agreements([made], by=by, at=cast.season.tick())
    sign_all(cast, [made])
    made.refresh_from_db()
    return made


def apprentice_agreements(cast: Cast, group: Group, ends_on: date) -> None:
    """双身份: each apprentice's own agreement with school and enterprise."""
    season, school, host = cast.season, cast.units[group.school], cast.units[group.hosts[0]]
    on = day_of(season.tick(0))
    drafts = [
        AgreementFacts(
            f"{student.name}学徒培养协议", on, ends_on,
            {
                "学徒岗位": "机床装调维修学徒", "培养内容": "按联合培养计划轮岗实践", "企业学时比例": 55,
                "学校导师": "见实习安排", "企业师傅": "见实习安排", "月报酬": 340_000,
                "保险": "实习责任保险，学校投保", "考核和出师": "双方共同考核，合格者颁发学徒证书",
            },
            (
                PartyFacts("school", unit=school), PartyFacts("enterprise", unit=host),
                PartyFacts("student", student=student),
            ),
            student,
        )
        for student in students_of(cast, group)
    ]  # fmt: skip
    by = cast.actor(group.school)
    kind = kind_called(cast.consortium, "apprentice")
    made = create_agreements(
        kind, drafts, consortium=cast.consortium, unit=school, by=by, at=season.tick()
    )
    send_agreements(made, by=by, at=season.tick())
    sign_all(cast, made)
