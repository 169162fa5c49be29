"""The grade of an internship, by weights. Whole numbers: hundredths of a point.

    成绩 = Σ 权重 × 分数 ÷ 100, rounded half up to a hundredth

- 企业评价, 学校评价: given, 0–100.
- 学习记录: 100 × 导师确认学时 ÷ 计划学时, at most 100. Without plan hours: ÷ 本人填写的学时.
- 实习总结: the mark of the summary.

What is not there yet leaves the grade open; a part of weight 0 is not asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Sum

from chanjiao.people.models import Unit
from chanjiao.training.entry_queries import Tally
from chanjiao.training.enums import GradePart
from chanjiao.training.models import BaseEvaluation, Grade, Placement, Stint

WEIGHTS = {
    GradePart.ENTERPRISE: 40, GradePart.SCHOOL: 30, GradePart.ENTRIES: 20, GradePart.SUMMARY: 10
}  # fmt: skip
GIVEN = (GradePart.ENTERPRISE, GradePart.SCHOOL)
FEW = 3  # fewer evaluations would tell whose they are


@dataclass(frozen=True, slots=True)
class Part:
    """One part as the page shows it; `hundredths` None while it is missing."""

    code: str
    label: str
    weight: int
    hundredths: int | None
    source: str
    given: Grade | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """The parts, and the grade once all that weigh are there."""

    parts: tuple[Part, ...]

    @property
    def hundredths(self) -> int | None:
        weighing = [part for part in self.parts if part.weight]
        points = [part.hundredths for part in weighing if part.hundredths is not None]
        if len(points) < len(weighing) or not weighing:
            return None
        total = sum(part.weight * (part.hundredths or 0) for part in weighing)
        return (total + 50) // 100

    @property
    def missing(self) -> list[str]:
        return [part.label for part in self.parts if part.weight and part.hundredths is None]


def weights_of(placement: Placement) -> dict[str, int]:
    """The class's, else the shipped ones."""
    own = placement.training_class.weights if placement.training_class else {}
    return {part.value: int((own or WEIGHTS).get(part, 0)) for part in GradePart}


def grade_of(placement: Placement, told: Tally, given: Mapping[str, Grade]) -> Whole:
    """The grade from what was given and what is counted."""
    weights = weights_of(placement)
    counted = {
        GradePart.ENTRIES: _entries(told),
        GradePart.SUMMARY: None if told.summary_mark is None else told.summary_mark * 100,
    }
    sources = {
        GradePart.ENTRIES: _said(told),
        GradePart.SUMMARY: "实习总结的批阅分数",
    }
    parts = []
    for part in GradePart:
        row = given.get(part) if part in GIVEN else None
        points = row.hundredths if row else counted.get(part)
        source = f"{row.given_by} 评定" if row else sources.get(part, "待评定")
        parts.append(Part(part.value, str(part.label), weights[part], points, source, row))
    return Whole(tuple(parts))


def _entries(told: Tally) -> int | None:
    base = told.planned or told.written
    return min(10_000, told.confirmed * 10_000 // base) if base else None


def hours(minutes: int) -> str:
    """480 as 8, 90 as 1.5, 100 as 1.67: whole and half hours without zeros."""
    return f"{minutes / 60:.2f}".rstrip("0").rstrip(".")


def _said(told: Tally) -> str:
    base = "计划" if told.planned else "填写"
    whole = told.planned or told.written
    return f"导师确认 {hours(told.confirmed)} 小时 ÷ {base} {hours(whole)} 小时"


def given_grades(placement: Placement) -> dict[str, Grade]:
    return {row.part: row for row in placement.grades.order_by("part")}


@dataclass(frozen=True, slots=True)
class BaseMeans:
    """How students judged a host: means in hundredths of a point of five, and of how many."""

    count: int
    means: tuple[tuple[str, int], ...]


BASE_FIELDS = ("guidance", "safety", "relevance", "life")


def base_means(host: Unit, *, since: date, until: date) -> BaseMeans:
    """Of the evaluations in [since, until). Below three, no means: they would not be anonymous."""
    there = Stint.objects.filter(host=host).values("placement")
    rows = BaseEvaluation.objects.filter(
        placement__in=there, made_at__date__gte=since, made_at__date__lt=until
    )
    sums = {name: Sum(name) for name in BASE_FIELDS}
    found = rows.order_by().aggregate(count=Count("pk"), **sums)
    if found["count"] < FEW:
        return BaseMeans(found["count"], ())
    labels = {field.name: str(field.verbose_name) for field in BaseEvaluation._meta.fields}
    means = tuple((labels[name], found[name] * 100 // found["count"]) for name in BASE_FIELDS)
    return BaseMeans(found["count"], means)
