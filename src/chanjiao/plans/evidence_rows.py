"""Steps that every action on evidence shares: lock, number, save, tell."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from chanjiao.kernel.canonical import digest
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, Verdict, require
from chanjiao.members.models import Consortium
from chanjiao.notices.actions import tell
from chanjiao.people.access import Actor
from chanjiao.people.queries import people_of
from chanjiao.plans.enums import EvidenceState
from chanjiao.plans.evidence_kinds import FIELDS
from chanjiao.plans.models import Evidence, EvidenceFile, Plan, Task

CHANGED = "这份佐证刚刚已被他人办理，请核对最新内容后再试。"


def locked(row: Evidence) -> Evidence:
    """The row as it is now, held to the end of the transaction."""
    rows = Evidence.objects.select_related("plan__consortium", "task", "unit", "same_as")
    return rows.select_for_update(of=("self",)).get(pk=row.pk)


def seen_as(row: Evidence, revision: int | None) -> None:
    """Conflict when somebody wrote since the person saw the row."""
    if revision is not None and row.revision != revision:
        raise Conflict(CHANGED)


def moved(
    row: Evidence,
    rule: Callable[[Actor | None, Evidence], Verdict],
    target: EvidenceState,
    *,
    by: Actor,
    revision: int | None = None,
) -> Evidence:
    """The locked row with its new state set, not yet saved."""
    held = locked(row)
    seen_as(held, revision)
    require(rule(by, held))
    held.state = target
    return held


def save(row: Evidence, *fields: str) -> None:
    row.revision += 1
    row.save(update_fields=[*fields, "revision"])


def in_order(rows: Iterable[Evidence]) -> list[Evidence]:
    """To be locked in one order, so that two who act on the same rows do not wait for each other."""
    return sorted(rows, key=lambda row: row.pk)


def one_at_a_time(plan: Plan) -> None:
    """Of a consortium one piece is handed in after the other: of two with one file one sees it."""
    Consortium.objects.select_for_update(no_key=True).get(pk=plan.consortium_id)


def take_number(task: Task) -> int:
    """The next number under a task. Its row stays locked: no gap and no double, whoever else asks.

    Rows are never deleted, so the highest number is the last one given.
    """
    Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    last: int = Evidence.objects.filter(task=task).aggregate(n=Max("number"))["n"] or 0
    return last + 1


def digest_of_files(files: Sequence[EvidenceFile]) -> str:
    """One file: its own SHA-256. Several: that of the sorted list of theirs. None: empty."""
    digests = sorted(one.file.digest for one in files)
    return digests[0] if len(digests) == 1 else digest(digests) if digests else ""


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Field values as the trail keeps them."""
    return {
        name: value if isinstance(value, int) or value is None else str(value)
        for name, value in values.items()
    }


def fields_of(row: Evidence) -> dict[str, Any]:
    """What was filled in, empty fields left out."""
    values = plain({name: getattr(row, name) for name in FIELDS})
    return {name: value for name, value in values.items() if value not in ("", None)}


def stated(reason: str) -> str:
    if not reason.strip():
        raise Invalid({"reason": ["请写明原因。"]})
    return reason.strip()[:200]


def naming(row: Evidence, act: Callable[[], Evidence]) -> Evidence:
    """Of many at once, the refusal says which one it is about."""
    try:
        return act()
    except Refused as refusal:
        kind = Conflict if isinstance(refusal, Conflict) else Refused
        raise kind(f"{row.code}：{refusal.reason}") from refusal


def tell_unit(row: Evidence, text: str, *, at: datetime) -> None:
    link = f"/member/evidence/{row.pk}/"
    tell(people_of(row.unit, day_of(at)), text, at=at, link=link, due_on=row.answer_due_on)


def tell_units(rows: Iterable[Evidence], say: Callable[[int], str], *, at: datetime) -> None:
    """Each unit once, about all of its rows; `say` makes the text of how many there are."""
    units: dict[int, list[Evidence]] = {}
    for row in rows:
        units.setdefault(row.unit_id, []).append(row)
    for own in units.values():
        due = min((row.answer_due_on for row in own if row.answer_due_on), default=None)
        people = people_of(own[0].unit, day_of(at))
        tell(people, say(len(own)), at=at, link="/member/evidence/", due_on=due)


def tell_office(row: Evidence, text: str, *, at: datetime) -> None:
    office = row.plan.consortium.secretariat
    tell(people_of(office, day_of(at)), text, at=at, link=f"/desk/evidence/{row.pk}/")
