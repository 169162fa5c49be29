"""Saving a student's list: by the student, or by the school from paper.

The round is held while a list is saved, so that no list lands in a round that has moved on.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from chanjiao.kernel.verdict import Conflict, require
from chanjiao.matching import rules
from chanjiao.matching.checks import check_choices
from chanjiao.matching.models import Choice, ChoiceSheet, Round, RoundPost
from chanjiao.matching.moving import locked
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record


def save_choices(
    student: Student, round_: Round, posts: Sequence[RoundPost], *, revision: int, by: Actor,
    at: datetime,
) -> ChoiceSheet:  # fmt: skip
    """Replace the student's own list; `revision` is that of the list the edit started from (0: none).

    A `Conflict` leaves the saved list as it is, so that the page can show both. Sending again
    what is already saved succeeds, so that a retry after a lost answer does no harm.
    """
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_choose(by, round_, student, at))
        return _save(student, round_, posts, revision, by, at, "round.choose")


def record_choices(
    student: Student, round_: Round, posts: Sequence[RoundPost], *, revision: int, by: Actor,
    at: datetime,
) -> ChoiceSheet:  # fmt: skip
    """The same by the student's school, from a signed paper list."""
    with transaction.atomic():
        round_ = locked(round_)
        require(rules.may_record_choices(by, round_, student, at))
        return _save(student, round_, posts, revision, by, at, "round.record_choices")


def _save(
    student: Student, round_: Round, posts: Sequence[RoundPost], revision: int, by: Actor,
    at: datetime, verb: str,
) -> ChoiceSheet:  # fmt: skip
    check_choices(round_, student, posts)
    wanted = [post.pk for post in posts]
    try:
        with transaction.atomic():
            sheet = _locked_sheet(student, round_, by, at)
            if sheet.revision != revision:
                if sheet.revision and _stored(sheet) == wanted:
                    return sheet
                raise Conflict("志愿已在另一处保存，请核对后选择保留哪一份。")
            _write(sheet, wanted, by, at)
            data = {"posts": wanted, "revision": sheet.revision, "student": student.pk}
            record(verb, sheet, by=by, at=at, data=data)
            return sheet
    except IntegrityError as error:
        raise Conflict("志愿正在另一处保存，请重试。") from error


def _locked_sheet(student: Student, round_: Round, by: Actor, at: datetime) -> ChoiceSheet:
    rows = ChoiceSheet.objects.select_for_update()
    found = rows.filter(round=round_, student=student).first()
    if found is not None:
        return found
    return ChoiceSheet.objects.create(
        round=round_, student=student, revision=0, saved_at=at, saved_by=by.user
    )


def _stored(sheet: ChoiceSheet) -> list[int]:
    return list(sheet.choices.order_by("rank").values_list("round_post_id", flat=True))


def _write(sheet: ChoiceSheet, wanted: list[int], by: Actor, at: datetime) -> None:
    sheet.choices.all().delete()
    Choice.objects.bulk_create(
        [Choice(sheet=sheet, round_post_id=pk, rank=rank) for rank, pk in enumerate(wanted, 1)]
    )
    sheet.revision += 1
    sheet.saved_at, sheet.saved_by = at, by.user
    sheet.save()
