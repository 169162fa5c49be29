"""Giving the parts of a grade that are not counted, and a student's evaluation of the host."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.links.holders import holder_of
from chanjiao.links.models import Link
from chanjiao.people.access import Actor
from chanjiao.trail.actions import Person, record
from chanjiao.training import entry_rules as rules
from chanjiao.training.entry_rows import locked_placement
from chanjiao.training.enums import GradePart
from chanjiao.training.grades import BASE_FIELDS
from chanjiao.training.models import BaseEvaluation, Grade, Placement


def give_grade(
    placement: Placement, part: str, hundredths: int, remark: str, *, revision: int, by: Actor,
    at: datetime,
) -> Grade:  # fmt: skip
    """The school's or the enterprise's part; `revision` 0 when none was seen."""
    with transaction.atomic():
        held = locked_placement(placement)
        require(rules.may_grade(by, held, part))
        return _give(held, part, hundredths, remark, revision, person=by, name=by.name, at=at)


def give_grade_by_link(
    placement: Placement, hundredths: int, remark: str, *, revision: int, by: Link, at: datetime
) -> Grade:
    """The enterprise's part, from the mentor."""
    with transaction.atomic():
        held = locked_placement(placement)
        require(rules.may_grade_by_link(by, held, at=at))
        return _give(
            held, GradePart.ENTERPRISE, hundredths, remark, revision, person=holder_of(by),
            name=by.holder, at=at,
        )  # fmt: skip


def _give(
    placement: Placement, part: str, hundredths: int, remark: str, revision: int, *,
    person: Person, name: str, at: datetime,
) -> Grade:  # fmt: skip
    if not 0 <= hundredths <= 10_000:
        raise Invalid({"points": ["分数应在 0 到 100 之间。"]})
    if len(remark) > 300:
        raise Invalid({"remark": ["评语最多 300 字。"]})
    row = placement.grades.filter(part=part).first()
    if (row.revision if row else 0) != revision:
        raise Conflict("这项成绩刚刚已由他人评定，请核对后再改。")
    before = row.hundredths if row else None
    row = row or Grade(placement=placement, part=part, revision=0)
    row.hundredths, row.remark, row.given_by, row.given_at = hundredths, remark.strip(), name, at
    row.revision += 1
    row.save()
    data = {"part": str(part), "before": before, "after": hundredths}
    record("grade.give", row, by=person, at=at, data=data)
    return row


def evaluate_base(
    placement: Placement, points: Mapping[str, int], text: str, *, by: Actor, at: datetime
) -> BaseEvaluation:
    """A student's evaluation of the host, given once; the host reads means only."""
    wrong = {
        name: ["请选 1 到 5 分。"] for name in BASE_FIELDS if points.get(name, 0) not in range(1, 6)
    }
    if wrong:
        raise Invalid(wrong)
    with transaction.atomic():
        held = locked_placement(placement)
        require(rules.may_evaluate_base(by, held, on=day_of(at)))
        try:
            with transaction.atomic():
                row = BaseEvaluation.objects.create(
                    placement=held, text=text.strip()[:500], made_at=at,
                    **{name: points[name] for name in BASE_FIELDS},
                )  # fmt: skip
        except IntegrityError as twice:
            raise Refused("您已评价过这次实习。") from twice
        record("grade.evaluate_base", row, by=by, at=at)
    return row
