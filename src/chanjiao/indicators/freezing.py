"""Locking: facts, values, changes and the pack are frozen together, or nothing is."""

import io
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from chanjiao.files.actions import store_file
from chanjiao.files.models import StoredFile
from chanjiao.indicators import changes, rules
from chanjiao.indicators.bridge import Facts, facts_of
from chanjiao.indicators.checklist import Close, close_of
from chanjiao.indicators.completeness import completeness_of
from chanjiao.indicators.computing import refresh_figures, set_of, span_of, typed_of
from chanjiao.indicators.digests import facts_digest
from chanjiao.indicators.enums import PeriodState
from chanjiao.indicators.models import Pack, Period, Snapshot
from chanjiao.indicators.packing import (
    SUFFIX,
    evidence_of,
    installation_key,
    verified,
    without_persons,
)
from chanjiao.indicators.queries import notes_of, previous_snapshot
from chanjiao.indicators.sets import locked_period
from chanjiao.indicators.values import as_json
from chanjiao.jobs.actions import start_job
from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.people.access import Actor
from chanjiao.trail.actions import record
from chanjiao_engine.indicators.outcomes import Typed
from chanjiao_engine.indicators.packs import Made, Note, PackDiffers, make_pack

LOCK = "indicators.lock"
STEPS = 6
OFFICE = "秘书处"  # who wrote a note, for the public


def ask_lock(period: Period, reason: str, *, by: Actor, at: datetime) -> Job:
    """Start locking as a job, if nothing stands against it now."""
    require(rules.may_lock(by, period, on=day_of(at)))
    _need_settled(close_of(period, on=day_of(at)), reason)
    title = f"锁定 {period.year} 年度并制作证据包"
    arguments = {"period": period.pk, "reason": reason.strip()}
    link = f"/desk/periods/{period.pk}/"
    return start_job(LOCK, title, arguments, by=by, at=at, link=link)


def _need_settled(close: Close, reason: str) -> None:
    if close.blocking:
        said = "；".join(f"{point.said}（{point.count}）" for point in close.blocking)
        raise Refused(f"锁定前请先办结：{said}。")
    if close.others and not reason.strip():
        raise Invalid({"reason": ["还有未办结的事项，请写明仍要锁定的理由。"]})


@dataclass(frozen=True, slots=True)
class Frozen:
    """Everything of a period that was worked out before anything is written."""

    facts: Facts
    typed: tuple[Typed, ...]
    lines: list[changes.Change]
    made: Made
    public: Made
    report: dict[str, Any]


def lock_period(
    period: Period, reason: str = "", *, by: Actor, at: datetime, progress: Progress | None = None
) -> Snapshot:
    """The period's edition as it stays. The pack is verified in a process of its own first.

    Conflict when somebody changed the period or a value while the pack was made.
    """
    require(rules.may_lock(by, period, on=day_of(at)))
    refresh_figures(period, at=at)
    close = close_of(period, on=day_of(at))
    _need_settled(close, reason)
    frozen = _worked_out(period, close, at, progress or _silent)
    with transaction.atomic():
        held = locked_period(period)
        require(rules.may_lock(by, held, on=day_of(at)))
        if held.revision != period.revision or typed_of(held) != frozen.typed:
            raise Conflict("制作证据包期间有人修改了本年度，没有锁定，请重新办理。")
        snapshot = _keep(held, frozen, by, at)
        held.state, held.locked_at = PeriodState.LOCKED, at
        held.revision += 1
        held.save(update_fields=["state", "locked_at", "revision"])
        data = {
            "edition": held.edition, "root": frozen.made.root, "signer": frozen.made.fingerprint,
            "sha256": snapshot.pack.file.digest,
            "open": [[point.key, point.count] for point in close.others],
        }  # fmt: skip
        record("indicators.lock_period", held, by=by, at=at, reason=reason.strip(), data=data)
    return snapshot


def _silent(done: int, total: int, step: str = "") -> None:
    """Nobody watches."""


def _worked_out(period: Period, close: Close, at: datetime, progress: Progress) -> Frozen:
    progress(1, STEPS, "读取事实数据")
    facts, typed = facts_of(period), typed_of(period)
    progress(2, STEPS, "比较上一年度")
    lines = changes.caused(period, close.changes, set_of(period), facts, previous_snapshot(period))
    try:
        progress(3, STEPS, "制作证据包")
        made = _made(period, facts, typed, _notes(period, lines), at)
        progress(4, STEPS, "独立核验证据包")
        report = verified(made.data, made.fingerprint)
        progress(5, STEPS, "制作不含个人的公开版")
        notes = [replace(one, by=OFFICE) for one in _notes(period, lines)]
        public = _made(period, without_persons(facts), unnamed(typed), notes, at)
        verified(public.data, public.fingerprint)
    except PackDiffers as fault:
        raise Refused(f"数据之间不一致，未锁定：{fault}") from fault
    progress(STEPS, STEPS, "保存")
    return Frozen(facts, typed, lines, made, public, report)


def _made(
    period: Period,
    facts: Facts,
    typed: tuple[Typed, ...],
    notes: list[Note],
    at: datetime,
) -> Made:
    return make_pack(
        facts, period.set_version.text, span_of(period), installation_key(), created=at,
        typed=typed, evidence=evidence_of(period, facts), notes=notes,
    )  # fmt: skip


def _notes(period: Period, lines: list[changes.Change]) -> list[Note]:
    """Why values changed, and who wrote it."""
    writers = {code: note.written_by.name for code, note in notes_of(period).items()}
    return [
        Note(line.code, line.before, line.after, line.note, writers.get(line.code, ""))
        for line in lines
        if line.note
    ]


def unnamed(typed: tuple[Typed, ...]) -> tuple[Typed, ...]:
    """Values by hand for the public: by whom is the secretariat's own affair."""
    return tuple(
        replace(one, entered_by="秘书处填报人", approved_by="秘书处批准人") for one in typed
    )


def _keep(held: Period, frozen: Frozen, by: Actor, at: datetime) -> Snapshot:
    snapshot = Snapshot.objects.create(
        period=held, edition=held.edition, outcomes=as_json(frozen.made.outcomes),
        changes=changes.as_json(frozen.lines), members=_members(held, at),
        set_text=held.set_version.text, set_digest=held.set_version.digest,
        facts_digest=facts_digest(frozen.facts),
        row_counts={name: table.num_rows for name, table in frozen.facts.items()},
        locked_by=by.user, locked_at=at,
    )  # fmt: skip
    stem = f"{held.consortium.code}-{held.year}-{held.edition}"
    Pack.objects.create(
        snapshot=snapshot, file=_stored(frozen.made, f"{stem}{SUFFIX}", by, at),
        public_file=_stored(frozen.public, f"{stem}-public{SUFFIX}", by, at),
        root=frozen.made.root, fingerprint=frozen.made.fingerprint,
        algorithm=installation_key().algorithm, verified_at=at,
        report={"steps": frozen.report["steps"]}, made_at=at,
    )  # fmt: skip
    return snapshot


def _stored(made: Made, name: str, by: Actor, at: datetime) -> StoredFile:
    return store_file(io.BytesIO(made.data), name, by=by, at=at)


def _members(period: Period, at: datetime) -> list[dict[str, Any]]:
    """Each member's completeness and punctuality as they stood."""
    return [
        {
            "unit": one.unit.pk, "name": one.unit.name, "complete": one.complete,
            "punctual": one.punctual, "missing": one.missing,
        }
        for one in completeness_of(period, on=day_of(at))
    ]  # fmt: skip
