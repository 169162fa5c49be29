"""A school, an enterprise, students and agreements between them, for tests."""

from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any

from chanjiao.agreements import actions, sending, signing
from chanjiao.agreements.checks import AgreementFacts, PartyFacts
from chanjiao.agreements.kinds import KindFacts, kind_called
from chanjiao.agreements.models import Agreement, Party, Version
from chanjiao.agreements.queries import current
from chanjiao.council.papers import Upload
from chanjiao.links.models import Link
from chanjiao.members.models import Consortium
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.people.enums import UnitKind
from chanjiao.people.models import Unit
from tests.matching.world import make_cohort, make_student
from tests.members.world import make_consortium, make_member, secretary
from tests.people.world import AT, acting, make_unit, seen

STARTS, ENDS = date(2027, 3, 1), date(2027, 8, 31)
PDF = b"%PDF-1.7 signed"
THREE_PARTY = {
    "岗位": "数控车工", "实习内容": "数控车床操作\n零件检测", "实习地点": "金普新区一号厂房",
    "工作时间": "8:00–12:00、13:00–17:00", "休息休假": "每周休息 2 日", "月报酬": 450_000, "发放日": 10,
    "食宿安排": "食堂就餐，不住宿", "劳动保护": "发放护目镜和防护手套。", "投保方": "甲方",
    "责任保险": "示例保险公司实习责任险", "学校指导教师": "陈老师", "企业导师": "王师傅",
    "考核方式": "过程考核与技能考核结合", "其他约定": "",
}  # fmt: skip
CONSENT = {
    "学校": "示例职业学院", "实习单位": "示例机床厂", "岗位": "数控车工", "实习地点": "一号厂房",
    "月报酬": 450_000, "风险告知": "机械伤害；佩戴护目镜", "责任保险": "实习责任险", "学校联系人": "陈老师 13000000000",
}  # fmt: skip
FRAMEWORK = {
    "合作内容": "共建专业", "甲方投入": "师资", "乙方投入": "设备", "成果归属": "共有", "联系机制": "教务处与人事部",
}  # fmt: skip


def paper(content: bytes = PDF, name: str = "签字页.pdf") -> Upload:
    return Upload(BytesIO(content), name)


@dataclass
class World:
    consortium: Consortium
    office: Actor
    school: Unit
    firm: Unit
    teacher: Actor
    recruiter: Actor
    students: list[Student]

    def kind(self, code: str = "three-party") -> KindFacts:
        return kind_called(self.consortium, code)

    def pupil(self, index: int = 0) -> Actor:
        user = self.students[index].user
        assert user is not None
        return seen(user)

    def by(self, who: Actor | None = None) -> dict[str, Any]:
        return {"by": who or self.teacher, "at": AT}

    def facts(self, index: int = 0, **changes: Any) -> AgreementFacts:
        """A three-party agreement of a student, ready to be sent."""
        student = self.students[index]
        parties = (
            PartyFacts("school", self.school), PartyFacts("enterprise", self.firm),
            PartyFacts("student", student=student),
        )  # fmt: skip
        facts = AgreementFacts(
            f"{student.name}岗位实习三方协议", STARTS, ENDS, THREE_PARTY, parties, student
        )
        return replace(facts, **changes)

    def consent(self, index: int = 0) -> AgreementFacts:
        student = self.students[index]
        parties = (
            PartyFacts("student", student=student),
            PartyFacts("guardian", student=student, signatory="张家长", contact="13000000001"),
        )
        return AgreementFacts(f"{student.name}知情同意书", STARTS, ENDS, CONSENT, parties, student)

    def framework(self, **changes: Any) -> AgreementFacts:
        parties = (PartyFacts("school", self.school), PartyFacts("enterprise", self.firm))
        facts = AgreementFacts("校企合作框架协议", STARTS, ENDS, FRAMEWORK, parties)
        return replace(facts, **changes)

    def draft(self, facts: AgreementFacts | None = None, code: str = "three-party") -> Agreement:
        return actions.create_agreement(
            self.kind(code), facts or self.facts(), consortium=self.consortium, unit=self.school,
            **self.by(),
        )  # fmt: skip

    def sent(self, facts: AgreementFacts | None = None, code: str = "three-party") -> Agreement:
        agreement = self.draft(facts, code)
        sending.send_agreement(agreement, revision=agreement.revision, **self.by())
        return again(agreement)

    def signed(self, facts: AgreementFacts | None = None, code: str = "framework") -> Agreement:
        """In force; on paper."""
        agreement = self.sent(facts or self.framework(), code)
        signers = dict.fromkeys(agreement.parties.values_list("role", flat=True), "签字人")
        signing.file_paper(
            agreement, signing.Paper(paper(), signers), digest=digest(agreement), **self.by()
        )
        return again(agreement)


def make_world(students: int = 1) -> World:
    consortium = make_consortium()
    office = secretary(consortium)
    school = make_unit(UnitKind.HIGHER_VOCATIONAL, f"示例职业学院{consortium.pk}")
    firm = make_unit(name=f"示例机床厂{consortium.pk}")
    for unit in (school, firm):
        make_member(consortium, unit)
    cohort = make_cohort(consortium, school)
    made = [make_student(cohort, index) for index in range(students)]
    return World(consortium, office, school, firm, acting(school), acting(firm), made)


def again(agreement: Agreement) -> Agreement:
    rows = Agreement.objects.select_related("kind", "unit", "consortium")
    return rows.get(pk=agreement.pk)


def version(agreement: Agreement) -> Version:
    found = current(agreement)
    assert found is not None
    return found


def digest(agreement: Agreement) -> str:
    return version(agreement).digest


def party(agreement: Agreement, role: str) -> Party:
    return Party.objects.select_related("agreement").get(agreement=agreement, role=role)


def link(agreement: Agreement, role: str) -> Link:
    return Link.objects.get(subject_id=party(agreement, role).pk, revoked_at__isnull=True)
