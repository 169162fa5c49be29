"""Placements → the facts the red lines are asked of. One engine row for each stint.

Facts are plain rows by table (`chanjiao_engine.redlines.TABLES`), ids as text: what a gate keeps is
what was judged. What nobody has stated stays null, which is an outcome of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from chanjiao.agreements.enums import PartySide, SignatureState
from chanjiao.agreements.models import Signature
from chanjiao.kernel.clock import day_of
from chanjiao.matching.bridge import grade_on, hazards_of
from chanjiao.members.models import Membership
from chanjiao.needs.enums import Sex
from chanjiao.training.enums import EntryKind, EntryState, PayWay, PlacementKind, SafetyKind, Site
from chanjiao.training.models import (
    Entry,
    Insurance,
    Override,
    PayProof,
    Placement,
    SafetyRecord,
    Stint,
)
from chanjiao.training.queries import neighbours
from chanjiao_engine.matching.eligibility import Hazard
from chanjiao_engine.redlines import TABLES, Facts
from chanjiao_engine.redlines.schema import Type

Row = dict[str, Any]
Rows = dict[str, list[Row]]

_SEXES = {Sex.MALE: "男", Sex.FEMALE: "女"}
_KINDS = {PlacementKind.POST: "岗位实习", PlacementKind.OBSERVE: "认识实习"}
_NIGHT_FROM, _NIGHT_UNTIL, _DAY = 22 * 60, 6 * 60, 24 * 60
# A figure of staff is not dated here: it is taken to hold until the unit changes it.
_ALWAYS = date(2000, 1, 1)
_OTHER = "x"  # before the name of a student of whom nothing is told
_TYPES: dict[Type, type[pl.DataType]] = {
    Type.TEXT: pl.String, Type.INTEGER: pl.Int64, Type.DATE: pl.Date, Type.BOOLEAN: pl.Boolean,
}  # fmt: skip


def rows_of(placements: Sequence[Placement], *, counted: bool = True) -> Rows:
    """Every fact about these placements, and of the others at the same hosts what the caps count;
    without the others where nothing is `counted`."""
    stints = list(
        Stint.objects.filter(placement__in=placements)
        .select_related("placement__student__cohort", "host")
        .order_by("placement", "starts_on")
    )
    others = neighbours(stints) if counted else []
    rows: Rows = {table.name: [] for table in TABLES}
    rows["students"] = _students(placements)
    rows["units"] = _units(stints, others)
    rows["posts"] = [_post(one) for one in stints] + [_other_post(one) for one in others]
    # Those on post stand first: of two who start on one day the newcomer is one too many.
    rows["placements"] = [_other(one) for one in others] + [_placement(one) for one in stints]
    rows["students"] += [{"student": f"{_OTHER}{one.placement_id}"} for one in _once(others)]
    rows["staff"] = _staff([*stints, *others])
    by_placement: dict[int, list[Stint]] = defaultdict(list)
    for one in stints:
        by_placement[one.placement_id].append(one)
    _papers(rows, placements, by_placement)
    _safeguards(rows, placements, by_placement)
    return rows


def facts_of(rows: Mapping[str, Iterable[Row]]) -> Facts:
    """The rows as the engine reads them; also rows that a gate kept, dates as text again."""
    return Facts.of({table.name: _frame(table, rows.get(table.name, ())) for table in TABLES})


def kept(rows: Rows) -> Rows:
    """The rows as JSON holds them: dates as text, nothing that is not stated."""
    return {
        name: [{k: str(v) if isinstance(v, date) else v for k, v in row.items()} for row in found]
        for name, found in rows.items()
        if found
    }


def _frame(table: Any, rows: Iterable[Row]) -> pl.DataFrame:
    schema = {column.name: _TYPES[column.type] for column in table.columns}
    days = {column.name for column in table.columns if column.type is Type.DATE}
    return pl.DataFrame(
        [{name: _read(row.get(name), name in days) for name in schema} for row in rows],
        schema=schema,
    )


def _read(value: Any, is_day: bool) -> Any:
    return date.fromisoformat(value) if is_day and isinstance(value, str) else value


# Who and where ---------------------------------------------------------------------------------
def row_id(stint: Stint) -> str:
    """A stint's name among the engine's placements."""
    return f"{stint.placement_id}.{stint.pk}"


def _students(placements: Sequence[Placement]) -> list[Row]:
    found = {one.student_id: one.student for one in placements}
    return [
        {
            "student": str(pk), "born": student.birth_date, "sex": _SEXES[Sex(student.sex)],
            "major": student.cohort.major_code,
        }
        for pk, student in sorted(found.items())
    ]  # fmt: skip


def _units(stints: Sequence[Stint], others: Sequence[Stint]) -> list[Row]:
    by_host: dict[int, list[Stint]] = defaultdict(list)
    for one in stints:
        by_host[one.host_id].append(one)
    industries = dict(
        Membership.objects.filter(unit__in=by_host, left_on__isnull=True)
        .order_by("-joined_on")
        .values_list("unit", "industries")
    )
    assert not {one.host_id for one in others} - set(by_host)
    return [_unit(found, industries.get(pk) or []) for pk, found in sorted(by_host.items())]


def _unit(stints: Sequence[Stint], industries: Sequence[str]) -> Row:
    """A host with several posts is judged by the strictest statement about it."""
    host = stints[0].host
    code = industries[0].lstrip("ABCDEFGHIJKLMNOPQRST") if industries else None
    own = [one for one in stints if one.site != Site.ENTERPRISE]
    registered: bool | None = host.credit_code is not None or None
    if own:
        said = {one.site_registered for one in own}
        registered = False if False in said else None if None in said else True
    return {
        "unit": str(host.pk), "industry": code, "registered": registered,
        "entertainment": any(Hazard.ENTERTAINMENT in hazards_of(one.hazards) for one in stints),
        "site": str(Site(own[0].site).label) if own else "企业",
        "chemical_park": code is not None and code.startswith(("25", "26")),
    }  # fmt: skip


def _post(one: Stint) -> Row:
    hazards = hazards_of(one.hazards)
    intensity = int(one.intensity) if one.intensity else None
    heavy = 3 if Hazard.INTENSITY_3 in hazards else None
    return {
        **_other_post(one), "majors": "、".join(one.major_codes) or None,
        "minor_forbidden": Hazard.MINOR_FORBIDDEN in hazards,
        "female_forbidden": Hazard.FEMALE_FORBIDDEN in hazards,
        "harmful": Hazard.HARMFUL in hazards, "chemical_site": one.chemical_site,
        "intensity": max(filter(None, (intensity, heavy)), default=None),
        "daily_minutes": one.day_minutes, "night": at_night(one.from_minute, one.to_minute),
        "same_post_wage": one.peer_wage_fen, "lowest_wage_grade": one.lowest_wage_fen,
    }  # fmt: skip


def _other_post(one: Stint) -> Row:
    return {"post": str(one.pk), "unit": str(one.host_id), "kind": one.occupation_code}


def at_night(begins: int, ends: int) -> bool:
    """Whether a span of the clock, over midnight where it ends before it begins, meets 22–6."""
    until = ends if ends > begins else ends + _DAY
    return begins < _NIGHT_UNTIL or until > _NIGHT_FROM


def _placement(one: Stint) -> Row:
    placement = one.placement
    return {
        **_times(one), "student": str(placement.student_id), "school": str(placement.school_id),
        "grade": max(1, grade_on(placement.student, one.starts_on)), "pay": one.wage_fen,
        "independent": one.independent,
    }  # fmt: skip


def _other(one: Stint) -> Row:
    """Somebody else's stint at the same host: nothing of the person, only the seat it takes."""
    return {**_times(one), "student": f"{_OTHER}{one.placement_id}"}


def is_other(row: Row) -> bool:
    """Whether a row of placements is only there to be counted."""
    return str(row["student"]).startswith(_OTHER)


def _times(one: Stint) -> Row:
    return {
        "placement": row_id(one), "post": str(one.pk), "starts": one.starts_on,
        "until": one.ends_on, "kind": _KINDS[PlacementKind(one.placement.kind)],
    }  # fmt: skip


def _once(stints: Iterable[Stint]) -> Iterable[Stint]:
    return {one.placement_id: one for one in stints}.values()


def _staff(stints: Sequence[Stint]) -> list[Row]:
    """Counts of a host and of its kinds of post; where posts disagree the smallest counts."""
    rows: dict[tuple[str, str], int] = {}
    for one in stints:
        if one.host.staff_count is not None:
            rows[str(one.host_id), ""] = one.host.staff_count
        if one.same_post_staff is not None:
            key = str(one.host_id), one.occupation_code
            rows[key] = min(rows.get(key, one.same_post_staff), one.same_post_staff)
    return [
        {"unit": unit, "kind": kind, "since": _ALWAYS, "staff": staff}
        for (unit, kind), staff in sorted(rows.items())
    ]


# Papers ----------------------------------------------------------------------------------------
def _papers(
    rows: Rows, placements: Sequence[Placement], stints: Mapping[int, Sequence[Stint]]
) -> None:
    signed = _signed(placements)
    for one in placements:
        for stint in stints[one.pk]:
            name = {"placement": row_id(stint)}
            by_party = signed.get(one.agreement_id or 0, {})
            if one.agreement_id:
                rows["agreements"].append(
                    {
                        **name, "school_on": by_party.get(("unit", one.school_id)),
                        "unit_on": by_party.get(("unit", stint.host_id)),
                        "student_on": by_party.get((PartySide.STUDENT, one.student_id)),
                    }
                )  # fmt: skip
            consent = signed.get(one.consent_id or 0, {})
            if one.consent_id:
                rows["consents"].append(
                    {
                        **name, "student_on": consent.get((PartySide.STUDENT, one.student_id)),
                        "guardian_on": consent.get((PartySide.GUARDIAN, one.student_id)),
                    }
                )  # fmt: skip
            rows["declarations"].append({**name, **_declared(one)})


def _signed(placements: Sequence[Placement]) -> dict[int, dict[tuple[str, int], date]]:
    """Agreement → party → the day it signed; signatures on an earlier version are void."""
    papers = {pk for one in placements for pk in (one.agreement_id, one.consent_id) if pk}
    found: dict[int, dict[tuple[str, int], date]] = defaultdict(dict)
    rows = Signature.objects.filter(
        version__agreement__in=papers, state=SignatureState.SIGNED
    ).select_related("party")
    for row in rows.order_by("decided_at"):
        party = row.party
        key = ("unit", party.unit_id or 0) if party.unit_id else (party.side, party.student_id or 0)
        assert row.decided_at is not None
        found[party.agreement_id][key] = day_of(row.decided_at)
    return found


def _declared(one: Placement) -> Row:
    said = one.declared_on is not None
    return {
        "fees": one.fees_charged if said else None,
        "documents_held": one.papers_held if said else None,
        "intermediary": one.intermediary if said else None,
        "forced": one.forced if said else None,
        "filed_on": one.filed_on, "mental_health_on": one.mental_assessed_on,
    }  # fmt: skip


# What protects ---------------------------------------------------------------------------------
def _safeguards(
    rows: Rows, placements: Sequence[Placement], stints: Mapping[int, Sequence[Stint]]
) -> None:
    for policy in Insurance.objects.filter(placement__in=placements).order_by("pk"):
        charged, span = policy.paid_by_student, (policy.starts_on, policy.ends_on)
        _cover(rows["insurance"], stints[policy.placement_id], span, charged)
    safety: dict[int, list[SafetyRecord]] = defaultdict(list)
    for record in SafetyRecord.objects.filter(placement__in=placements).order_by("day"):
        safety[record.placement_id].append(record)
    for pk, found in sorted(safety.items()):
        for stint in stints[pk]:
            rows["training"].append({"placement": row_id(stint), **_safety(found)})
    overrides = Override.objects.filter(placement__in=placements, withdrawn_at__isnull=True)
    for override in overrides.order_by("pk"):
        granted = {
            "rule": override.rule, "by": override.approver, "proof": f"文件 {override.proof_id}",
        }  # fmt: skip
        rows["overrides"] += [
            {"placement": row_id(one), **granted} for one in stints[override.placement_id]
        ]
    _work(rows, placements, stints)


def _cover(
    into: list[Row], stints: Sequence[Stint], span: tuple[date, date], charged: bool
) -> None:
    """Two policies of one span are one for the law; charged if either is."""
    for stint in stints:
        name = row_id(stint)
        same = [r for r in into if (r["placement"], r["since"], r["until"]) == (name, *span)]
        if same:
            same[0]["charged"] = same[0]["charged"] or charged
            continue
        into.append(
            {"placement": name, "since": span[0], "until": span[1], "charged": charged}
        )  # fmt: skip


def _safety(found: Sequence[SafetyRecord]) -> Row:
    """The first training; the first test that was passed, else the last that was not."""
    trained = [one.day for one in found if one.kind == SafetyKind.TRAINING]
    tests = [one for one in found if one.kind == SafetyKind.TEST]
    passed = [one for one in tests if one.passed]
    test = passed[0] if passed else tests[-1] if tests else None
    return {
        "trained_on": trained[0] if trained else None, "tested_on": test.day if test else None,
        "passed": test.passed if test else None,
    }  # fmt: skip


def _work(
    rows: Rows, placements: Sequence[Placement], stints: Mapping[int, Sequence[Stint]]
) -> None:
    """Hours as the entries state them, within the post's span of the day; pay month by month."""
    minutes: dict[tuple[int, date], int] = defaultdict(int)
    days: dict[tuple[int, date], int] = defaultdict(int)
    entries = Entry.objects.filter(placement__in=placements, kind=EntryKind.WORK)
    for pk, day, spent in entries.exclude(
        state__in=[EntryState.DRAFT, EntryState.REJECTED]
    ).values_list("placement", "day", "minutes"):
        days[pk, day] += spent
        minutes[pk, day.replace(day=1)] += spent
    for (pk, day), spent in sorted(days.items()):
        stint = next((one for one in stints[pk] if one.starts_on <= day < one.ends_on), None)
        if stint is not None and spent:
            rows["shifts"].append(_shift(stint, day, spent))
    pay = PayProof.objects.filter(placement__in=placements).select_related("stint")
    for proof in pay.order_by("pk"):
        worked = minutes.get((proof.placement_id, proof.month))
        rows["pay"].append(_pay(proof, worked))


def _shift(stint: Stint, day: date, spent: int) -> Row:
    ends = stint.to_minute if stint.to_minute > stint.from_minute else stint.to_minute + _DAY
    return {
        "placement": row_id(stint), "day": day, "from_minute": stint.from_minute,
        "until_minute": ends, "worked": min(spent, _DAY),
    }  # fmt: skip


def _pay(proof: PayProof, worked: int | None) -> Row:
    return {
        "placement": row_id(proof.stint), "month": proof.month, "due": proof.stint.wage_fen,
        "paid": proof.amount_fen, "paid_on": proof.paid_on, "money": proof.way != PayWay.KIND,
        "direct": proof.way in {PayWay.BANK, PayWay.CASH}, "minutes": worked,
    }  # fmt: skip
