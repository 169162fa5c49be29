"""What belongs into a student's internship file, and whether it is there."""

from collections.abc import Iterator
from dataclasses import dataclass

from chanjiao.agreements.enums import AgreementState
from chanjiao.agreements.models import Agreement
from chanjiao.training.entry_queries import Tally, tally
from chanjiao.training.enums import STANDING, EntryKind, SafetyKind
from chanjiao.training.grades import Whole, given_grades, grade_of, hours
from chanjiao.training.models import BaseEvaluation, Placement

SIGNED = frozenset({AgreementState.IN_FORCE, AgreementState.ENDED})


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the file should hold; `told` says what there is, or what is missing."""

    title: str
    there: bool
    told: str


def completeness(placement: Placement, told: Tally, whole: Whole) -> list[Line]:
    """The list, in the order of the file."""
    return [
        *_papers(placement),
        *_learning(placement, told),
        Line("成绩", whole.hundredths is not None, _grade(whole)),
        _base(placement),
    ]


def _papers(placement: Placement) -> Iterator[Line]:
    yield _agreement("三方协议", placement.agreement)
    yield _agreement("知情同意书", placement.consent)
    policies = list(placement.insurances.order_by("starts_on"))
    covered = any(
        one.starts_on <= placement.starts_on and one.ends_on >= placement.ends_on
        for one in policies
    )
    said = "、".join(f"{p.insurer} {p.policy}（{p.starts_on} 至 {p.ends_on}）" for p in policies)
    if policies and not covered:
        said += "，没有一份覆盖全程"
    yield Line("实习责任保险", covered, said or "没有保单")
    done = {one.kind for one in placement.safety.filter(passed=True)}
    missing = [str(kind.label) for kind in SafetyKind if kind not in done]
    yield Line("安全培训与考核", not missing, f"缺{'、'.join(missing)}" if missing else "合格")


def _agreement(title: str, agreement: Agreement | None) -> Line:
    if agreement is None:
        return Line(title, False, "没有")
    told = f"{agreement.number}（{agreement.get_state_display()}）"
    return Line(title, agreement.state in SIGNED, told)


def _learning(placement: Placement, told: Tally) -> Iterator[Line]:
    group = placement.training_class
    name = group.programme.name if group else ""
    yield Line(
        "培养计划", bool(told.items), f"{name}，{told.items} 项" if told.items else "没有计划"
    )
    records = placement.entries.filter(kind=EntryKind.WORK, state__in=STANDING).count()
    said = f"已确认 {records} 条、{hours(told.confirmed)} 小时"
    waiting = f"，{told.waiting} 条未确认" if told.waiting else ""
    yield Line("学习记录", bool(records) and not told.waiting, said + waiting)
    enough = told.journals >= told.journals_due
    yield Line("实习周记", enough, f"{told.journals} 篇，应交 {told.journals_due} 篇")
    all_marked = bool(told.journals) and told.journals_marked == told.journals
    yield Line("周记批阅", all_marked, f"已批阅 {told.journals_marked} 篇，共 {told.journals} 篇")
    marked = told.summary_mark is not None
    summary = f"{told.summary_mark} 分" if marked else "待批阅" if told.summaries else "没有"
    yield Line("实习总结", marked, summary)


def _grade(whole: Whole) -> str:
    if whole.hundredths is None:
        return f"缺{'、'.join(whole.missing)}"
    return f"{whole.hundredths // 100}.{whole.hundredths % 100:02d} 分"


def _base(placement: Placement) -> Line:
    made = BaseEvaluation.objects.filter(placement=placement).first()
    return Line("基地评价", made is not None, f"{made.made_at:%Y-%m-%d}" if made else "没有")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything a student's file is written from."""

    placement: Placement
    told: Tally
    whole: Whole
    lines: list[Line]

    @property
    def missing(self) -> list[str]:
        return [line.title for line in self.lines if not line.there]


def dossier_of(placement: Placement) -> Dossier:
    told = tally(placement)
    whole = grade_of(placement, told, given_grades(placement))
    return Dossier(placement, told, whole, completeness(placement, told, whole))
