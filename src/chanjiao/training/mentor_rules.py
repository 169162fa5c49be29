"""Who may do what with mentors, their hours and teachers' stays."""

from chanjiao.kernel.verdict import ALLOWED, Verdict, refuse
from chanjiao.members.models import Consortium, Membership
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.training.enums import MentorKind
from chanjiao.training.models import Mentor, MentorWork, TeacherStay

_OWN_ONLY = refuse("只有导师所在单位的人员可以办理。")


def may_add_mentor(actor: Actor | None, consortium: Consortium, unit: Unit) -> Verdict:
    """A present member's own people; a school registers teachers, every other unit masters."""
    if actor is None or not actor.acts_for(unit.pk):
        return _OWN_ONLY
    members = Membership.objects.filter(consortium=consortium, unit=unit, left_on__isnull=True)
    if not members.exists():
        return refuse(f"{unit.name}不是{consortium.short_name}的在任成员。")
    return ALLOWED


def may_change_mentor(actor: Actor | None, mentor: Mentor) -> Verdict:
    return ALLOWED if actor is not None and actor.acts_for(mentor.unit_id) else _OWN_ONLY


def may_record_work(actor: Actor | None, mentor: Mentor, school: Unit | None) -> Verdict:
    """The mentor's own unit, or the school where the mentor taught."""
    if actor is not None and school is not None and actor.acts_for(school.pk):
        return ALLOWED
    if may_change_mentor(actor, mentor):
        return ALLOWED
    return refuse("课时由导师所在单位或授课学校登记。")


def may_remove_work(actor: Actor | None, row: MentorWork) -> Verdict:
    return may_record_work(actor, row.mentor, row.school)


def may_record_stay(actor: Actor | None, mentor: Mentor) -> Verdict:
    """The teacher's school."""
    if mentor.kind != MentorKind.SCHOOL:
        return refuse("企业实践按学校教师登记。")
    return may_change_mentor(actor, mentor)


def may_remove_stay(actor: Actor | None, row: TeacherStay) -> Verdict:
    return may_change_mentor(actor, row.mentor)
