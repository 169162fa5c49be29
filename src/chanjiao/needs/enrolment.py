"""Students' way to their accounts: invited by the school, claimed by the person."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from chanjiao.kernel.verdict import Conflict, Refused, require
from chanjiao.needs import rules
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.people.actions import invite, revoke_invitation
from chanjiao.people.models import Invitation, User
from chanjiao.trail.actions import record


def invite_students(
    students: Iterable[Student], *, by: Actor, at: datetime
) -> list[tuple[Student, str]]:
    """Each student with the secret of a fresh invitation, shown this once; older ones are revoked.

    Students who have an account are passed over.
    """
    wanted = [student.pk for student in students]
    slips: list[tuple[Student, str]] = []
    with transaction.atomic():
        rows = Student.objects.select_related("school", "cohort", "invitation")
        held = rows.select_for_update(of=("self",)).filter(pk__in=wanted, user__isnull=True)
        for student in held.order_by("school", "student_number"):
            require(rules.may_invite(by, student))
            old = student.invitation
            if old is not None and not old.accepted_at and not old.revoked_at:
                revoke_invitation(old, by=by, at=at)
            student.invitation, token = invite(
                student.school, name=student.name, email="", role="", by=by, at=at
            )
            student.save(update_fields=["invitation"])
            slips.append((student, token))
        if slips:
            first = slips[0][0]
            record("needs.invite_students", first.cohort, by=by, at=at, data={"count": len(slips)})
    return slips


def claim_student(invitation: Invitation, user: User, *, at: datetime) -> Student | None:
    """Tie the account that accepted the invitation to its student; None if it is no student's."""
    with transaction.atomic():
        rows = Student.objects.select_for_update(of=("self",))
        student = rows.filter(invitation=invitation).first()
        if student is None:
            return None
        if invitation.accepted_by_id != user.pk:
            raise Refused("这份邀请不是由该账号接受的。")
        if student.user_id not in (None, user.pk):
            raise Conflict("该学生已有账号。")
        student.user = user
        student.save(update_fields=["user"])
        record("needs.claim_student", student, by=user, at=at, data={"user": user.pk})
    return student
