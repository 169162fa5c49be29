"""Pay month by month: what was paid, what the red lines say of it, what the student said."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from chanjiao.training.enums import TOOK_PLACE
from chanjiao.training.gate import Finding, judge
from chanjiao.training.models import PayProof, Placement, Stint
from chanjiao_engine.redlines import Outcome

# Rules about pay in flight, the gravest first, and the word a month bears.
WORDS = {
    "pay_missing": "缺发",
    "wage_month": "低于标准",
    "pay_hourly": "低于标准",
    "pay_full": "未足额",
    "pay_money": "不是货币",
    "pay_direct": "他人代领",
    "pay_late": "发放过晚",
}
UNKNOWN, OBJECTED, CONFIRMED, WAITING = "缺资料", "有异议", "已确认", "待学生确认"
STATES = (*dict.fromkeys(WORDS.values()), UNKNOWN, OBJECTED, CONFIRMED, WAITING)


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a stint: the record (None: there is none) and what the rules find."""

    stint: Stint
    month: date
    proof: PayProof | None
    findings: tuple[Finding, ...]

    @property
    def word(self) -> str:
        """One word, the gravest there is to say."""
        broken = {one.rule for one in self.findings if one.outcome == Outcome.VIOLATED.word}
        if self.proof is None or self.proof.objection:
            return OBJECTED if self.proof else WORDS["pay_missing"]
        told = next((word for rule, word in WORDS.items() if rule in broken), "")
        if told:
            return told
        if any(one.outcome == Outcome.MISSING.word for one in self.findings):
            return UNKNOWN
        return CONFIRMED if self.proof.confirmed_at else WAITING

    @property
    def tone(self) -> str:
        """How the word is coloured."""
        tones = {CONFIRMED: "good", WAITING: "wait", UNKNOWN: "warn", WORDS["pay_late"]: "warn"}
        return tones.get(self.word, "bad")


def months_of(stints: Sequence[Stint], *, on: date) -> dict[int, dict[date, Month]]:
    """Stint → month → what is to be said; months the rules do not ask for and nobody recorded are
    left out. One judgement for all; `stints` need `placement__student__cohort` at hand."""
    taken = [one for one in stints if one.placement.state in TOOK_PLACE]
    if not taken:
        return {}
    findings = _findings({one.placement_id: one.placement for one in taken}.values(), on)
    proofs = _proofs(taken)
    by_pk = {one.pk: one for one in taken}
    found: dict[int, dict[date, Month]] = {pk: {} for pk in by_pk}
    for pk, month in sorted(key for key in {*findings, *proofs} if key[0] in by_pk):
        said = tuple(findings.get((pk, month), ()))
        found[pk][month] = Month(by_pk[pk], month, proofs.get((pk, month)), said)
    return found


def _proofs(stints: Sequence[Stint]) -> dict[tuple[int, date], PayProof]:
    rows = PayProof.objects.filter(stint__in=stints).select_related("proof").order_by("month")
    return {(row.stint_id, row.month): row for row in rows}


def _findings(placements: Iterable[Placement], on: date) -> dict[tuple[int, date], list[Finding]]:
    """(stint, month) → what is found about its pay, without what was set aside."""
    made: dict[tuple[int, date], list[Finding]] = defaultdict(list)
    for judged in judge(list(placements), on=on, only=WORDS).values():
        for one in judged.findings:
            if one.day and one.outcome != Outcome.WAIVED.word:
                made[one.stint, date.fromisoformat(one.day).replace(day=1)].append(one)
    return made


def stints_of_school(placements: QuerySet[Placement]) -> QuerySet[Stint]:
    """The stints on which pay is owed, as the pages need them."""
    rows = Stint.objects.filter(placement__in=placements, placement__state__in=TOOK_PLACE)
    return rows.select_related(
        "placement__student__cohort", "placement__school", "placement__training_class", "host"
    ).order_by("placement__student__student_number", "starts_on", "pk")
