"""A unit's scores of those who chose its posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.matching import rules
from chanjiao.matching.checks import check_hundredths
from chanjiao.matching.models import RoundPost, Score
from chanjiao.matching.moving import locked
from chanjiao.needs.models import Student
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record


@dataclass(frozen=True)
class Mark:
    """A score to save: 0 to 10,000 hundredths, or None to take it back.

    `revision` is that of the score the edit started from, 0 where there was none.
    """

    student: Student
    hundredths: int | None
    note: str = ""
    revision: int = 0


def save_scores(
    round_post: RoundPost, marks: Sequence[Mark], *, by: Actor, at: datetime
) -> list[Score]:
    """All of these marks or none; `Conflict` names the students whose score has changed since."""
    with transaction.atomic():
        round_ = locked(round_post.round)  # a score must not land in a round that has moved on
        rows = RoundPost.objects.select_for_update(of=("self",))
        round_post = rows.select_related("post").get(pk=round_post.pk)
        round_post.round = round_
        require(rules.may_score(by, round_post, at))
        _check_applicants(round_post, marks)
        scores = {row.student_id: row for row in round_post.scores.select_for_update()}
        stale = [m.student.name for m in marks if _is_stale(m, scores.get(m.student.pk))]
        if stale:
            raise Conflict(f"{'、'.join(stale)} 的评分已被他人修改，请刷新后再改。")
        changed = [m for m in marks if _differs(m, scores.get(m.student.pk))]
        try:
            saved = [_write(round_post, m, scores.get(m.student.pk), by, at) for m in changed]
        except IntegrityError as error:
            raise Conflict("评分正在另一处保存，请刷新后再改。") from error
        data = {"marks": [[m.student.pk, m.hundredths] for m in changed]}
        record("round.score", round_post, by=by, at=at, data=data)
    return [score for score in saved if score is not None]


def _check_applicants(round_post: RoundPost, marks: Sequence[Mark]) -> None:
    chose = set(round_post.choices.values_list("sheet__student", flat=True))
    strangers = [m.student.pk for m in marks if m.student.pk not in chose]
    if strangers:
        raise Invalid({"student": ["只能为报名该岗位的学生评分。"]})
    for mark in marks:
        if mark.hundredths is not None:
            check_hundredths(mark.hundredths)
        if len(mark.note) > 200:
            raise Invalid({"note": ["评语最多 200 字。"]})


def _is_stale(mark: Mark, score: Score | None) -> bool:
    """A change that started from another revision; writing what already stands is no harm."""
    return _differs(mark, score) and mark.revision != (score.revision if score else 0)


def _differs(mark: Mark, score: Score | None) -> bool:
    if score is None:
        return mark.hundredths is not None
    return (mark.hundredths, mark.note.strip()) != (score.hundredths, score.note)


def _write(
    round_post: RoundPost, mark: Mark, score: Score | None, by: Actor, at: datetime
) -> Score | None:
    if mark.hundredths is None:
        if score is not None:
            score.delete()
        return None
    if score is None:
        score = Score(round_post=round_post, student=mark.student, revision=0)
    score.hundredths, score.note = mark.hundredths, mark.note.strip()
    score.scored_by, score.scored_at = by.user, at
    score.revision += 1
    score.save()
    return score
