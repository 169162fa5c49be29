"""What every step of a round does: hold the row, set the state, want a reason, tell people."""

import hashlib
from datetime import datetime

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid
from chanjiao.matching.enums import RoundState
from chanjiao.matching.models import Round
from chanjiao.matching.queries import participants, staff_of
from chanjiao.notices.actions import tell
from chanjiao.people.models import User


def commitment_of(seed: str) -> str:
    """SHA-256 of the seed in decimal, hexadecimal: `printf 123 | sha256sum`."""
    return hashlib.sha256(seed.encode()).hexdigest()


def locked(round_: Round) -> Round:
    """The row as it is now, held until the transaction ends."""
    return (
        Round.objects.select_for_update(of=("self",)).select_related("consortium").get(pk=round_.pk)
    )


def set_state(round_: Round, target: RoundState) -> None:
    round_.state = target
    bump(round_)


def bump(round_: Round) -> None:
    round_.revision += 1
    round_.save()


def expect_revision(round_: Round, revision: int) -> None:
    if round_.revision != revision:
        raise Conflict("本轮已被他人修改，请刷新后再改。")


def need_reason(reason: str) -> None:
    if not reason.strip():
        raise Invalid({"reason": ["请写明原因。"]})
    if len(reason) > 200:
        raise Invalid({"reason": ["原因最多 200 字。"]})


def need_dates(closes_at: datetime, scores_due_at: datetime, at: datetime) -> None:
    if scores_due_at < closes_at:
        raise Invalid({"scores_due_at": ["评分截止不能早于填报截止。"]})
    if scores_due_at <= at:
        raise Invalid({"scores_due_at": ["新的评分截止应晚于现在。"]})


def units_of(round_: Round) -> list[int]:
    return list(round_.posts.order_by().values_list("post__unit", flat=True).distinct())


def schools_of(round_: Round) -> list[int]:
    return list(round_.cohorts.order_by().values_list("cohort__unit", flat=True).distinct())


def tell_all(round_: Round, text: str, due: datetime | None, at: datetime) -> None:
    """Students, schools and units of a round, each with a link to their own page."""
    due_on = day_of(due) if due else None
    students = User.objects.filter(student__in=participants(round_))
    tell(students, text, at=at, link=f"/student/rounds/{round_.pk}/", due_on=due_on)
    staff = staff_of(units_of(round_) + schools_of(round_), day_of(at))
    tell(staff, text, at=at, link=f"/member/rounds/{round_.pk}/", due_on=due_on)
