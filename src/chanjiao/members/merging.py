"""Merging two registrations of one unit, and undoing it (docs/decisions/0004-merge.md).

Every row of every package that points to the duplicate is moved to the kept unit. The relations
are read from `Unit` itself, so a package that is written later is moved too. This is the one
place where an upstream row is changed outside its own package's actions.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from chanjiao.kernel.clock import day_of
from chanjiao.kernel.verdict import Invalid, Refused, require
from chanjiao.members import rules
from chanjiao.members.models import Consortium, Contact, Contribution, Membership, UnitMerge
from chanjiao.people.access import Actor
from chanjiao.people.models import Appointment, Unit
from chanjiao.people.queries import lasting_administrators
from chanjiao.trail.actions import record

Field = models.ForeignKey[Any, Any]
_HISTORY = {(UnitMerge, "kept"), (UnitMerge, "duplicate"), (Unit, "merged_into")}
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Move:
    """Rows of one model that will point to the kept unit."""

    model: type[models.Model]
    field: str
    pks: tuple[Any, ...]

    @property
    def label(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def count(self) -> int:
        return len(self.pks)


@dataclass(frozen=True, slots=True)
class Ending:
    """A row that would be double: it is ended and stays with the duplicate as history."""

    row: Membership | Appointment
    text: str


@dataclass(frozen=True, slots=True)
class MergePlan:
    """What a merge will do. It may be carried out when there are no conflicts."""

    kept: Unit
    duplicate: Unit
    moves: tuple[Move, ...]
    endings: tuple[Ending, ...]
    follows: tuple[Move, ...]
    conflicts: tuple[str, ...]

    @property
    def moving(self) -> tuple[Move, ...]:
        """Everything that will be with the kept unit, by whichever way."""
        return self.moves + self.follows

    @property
    def count(self) -> int:
        return sum(move.count for move in self.moving)


def merge_preview(kept: Unit, duplicate: Unit) -> MergePlan:
    """Every row that points to the duplicate: what moves, what is ended, what stands in the way."""
    moves, endings, conflicts = [], [], []
    doubles = _clashes(cast(Field, Membership._meta.get_field("unit")), kept, duplicate)
    for field in _relations():
        clashes = _clashes(field, kept, duplicate)
        resolved = list(_endings(field.model, clashes, kept))
        endings += resolved
        if clashes and not resolved:
            conflicts.append(_conflict(field.model, clashes))
        pks = _rows(field, duplicate).exclude(pk__in=clashes).order_by("pk")
        pks = pks.exclude(_hangs_on(field.model, doubles))
        found = tuple(pks.values_list("pk", flat=True))
        if found:
            moves.append(Move(field.model, field.name, found))
    follows = tuple(Move(m, "membership", pks) for m, pks, _ in _following(endings))
    return MergePlan(kept, duplicate, tuple(moves), tuple(endings), follows, tuple(conflicts))


def merge_units(kept: Unit, duplicate: Unit, *, reason: str, by: Actor, at: datetime) -> UnitMerge:
    """Move every row of the duplicate to the kept unit and close the duplicate.

    The kept unit's own facts and roles stand. `Refused` names what has to be mended first.
    """
    with transaction.atomic():
        kept, duplicate = _locked(kept, duplicate)
        require(rules.may_merge(by, kept, duplicate))
        if not reason.strip():
            raise Invalid({"reason": ["请写明合并理由。"]})
        plan = merge_preview(kept, duplicate)
        if plan.conflicts:
            raise Refused("".join(plan.conflicts))
        before: dict[str, Any] = {"administered": _administered(kept, duplicate, on=day_of(at))}
        before["changes"] = _end_doubles(plan, on=day_of(at))
        moved = [_moved(move) for move in plan.moves] + _follow_memberships(plan)
        _carry(moved, kept, duplicate)
        Unit.objects.filter(pk=duplicate.pk).update(merged_into=kept)
        merge = UnitMerge.objects.create(
            kept=kept, duplicate=duplicate, reason=reason.strip(), moved=moved, before=before,
            merged_by=by.user, merged_at=at,
        )  # fmt: skip
        data = {"merge": merge.pk, "duplicate": duplicate.pk, "rows": plan.count}
        record("unit.merge", kept, by=by, at=at, reason=reason, data=data)
    return merge


def undo_merge(merge: UnitMerge, *, reason: str, by: Actor, at: datetime) -> UnitMerge:
    """Put every row back. Refused, with the reason, when rows have changed so that it cannot be."""
    with transaction.atomic():
        kept, duplicate = _locked(merge.kept, merge.duplicate)
        held = UnitMerge.objects.select_for_update().get(pk=merge.pk)
        require(rules.may_undo_merge(by, held))
        if not reason.strip():
            raise Invalid({"reason": ["请写明撤销理由。"]})
        if kept.merged_into_id is not None:
            raise Refused("保留的单位后来又并入了其他单位，请先撤销那一次合并。")
        _take_back(held)
        Unit.objects.filter(pk=duplicate.pk).update(merged_into=None)
        _need_administrators(held, kept, duplicate, on=day_of(at))
        held.undone_at = at
        held.save(update_fields=["undone_at"])
        data = {"merge": held.pk, "duplicate": duplicate.pk}
        record("unit.unmerge", kept, by=by, at=at, reason=reason, data=data)
    return held


# What points to a unit ----------------------------------------------------------------------


def _relations() -> Iterator[Field]:
    """Every foreign key to Unit in any package; hidden ones (related_name="+") included.

    Rows of a many-to-many table are rows of a model with a foreign key, and so are covered.
    """
    found: list[Field] = []
    for relation in Unit._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete and not relation.many_to_many:
            field = relation.field  # type: ignore[union-attr]
            if (field.model, field.name) not in _HISTORY and field.model is not Consortium:
                found.append(cast(Field, field))
    return iter(sorted(found, key=lambda field: (field.model._meta.label, field.name)))


def _hangs_on(model: type[models.Model], doubles: list[Any]) -> Q:
    """Rows that belong to an ended double stay with it: in an assembly the duplicate sat for itself."""
    whose = Q()
    for field in model._meta.get_fields():
        if isinstance(field, models.ForeignKey) and field.related_model is Membership:
            whose |= Q(**{f"{field.name}__in": doubles})
    return whose if doubles and whose else Q(pk__in=[])


def _rows(field: Field, unit: Unit) -> models.QuerySet[Any]:
    return field.model._base_manager.filter(**{field.name: unit})


def _clashes(field: Field, kept: Unit, duplicate: Unit) -> list[Any]:
    """Rows of the duplicate that a unique constraint would refuse at the kept unit."""
    clashes: set[Any] = set()
    for names, condition, nulls_clash in _uniques(field):
        others = [name for name in names if name != field.name]
        taken = set(_rows(field, kept).filter(condition).values_list(*others or ["pk"]))
        for pk, *values in _rows(field, duplicate).filter(condition).values_list("pk", *others):
            if not others:
                clashes |= {pk} if taken else set()
            elif tuple(values) in taken and (nulls_clash or None not in values):
                clashes.add(pk)
    return sorted(clashes)


def _uniques(field: Field) -> Iterator[tuple[tuple[str, ...], Q, bool]]:
    options = field.model._meta
    if field.unique:
        yield (field.name,), Q(), False
    for names in options.unique_together:
        if field.name in names:
            yield tuple(names), Q(), False
    for constraint in options.constraints:
        if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields:
            yield (
                tuple(constraint.fields),
                constraint.condition or Q(),
                constraint.nulls_distinct is False,
            )


def _endings(model: type[models.Model], clashes: list[Any], kept: Unit) -> Iterator[Ending]:
    """The stated rule for doubles: the kept unit's row stands, the duplicate's is ended."""
    if model is Membership:
        rows = Membership.objects.filter(pk__in=clashes).select_related("consortium")
        for row in rows.order_by("pk"):
            text = f"两个单位都是“{row.consortium.short_name}”的成员：保留单位的成员资格不变，重复的一条截止。"
            yield Ending(row, text)
    elif model is Appointment:
        appointments = Appointment.objects.filter(pk__in=clashes).select_related("user")
        for appointment in appointments.order_by("pk"):
            text = (
                f"{appointment.user.name}同时代表两个单位：在保留单位的角色不变，重复的一条截止。"
            )
            yield Ending(appointment, text)


def _conflict(model: type[models.Model], clashes: list[Any]) -> str:
    first = model._base_manager.get(pk=clashes[0])
    return (
        f"{model._meta.verbose_name}中有 {len(clashes)} 条与保留单位的记录重复"
        f"（如“{first}”），请先更正或删除其中一条，再合并。"
    )


# Carrying out -------------------------------------------------------------------------------


def _locked(*units: Unit) -> list[Unit]:
    """The units read again, locked in one order."""
    wanted = [unit.pk for unit in units]
    held = {u.pk: u for u in Unit.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
    return [held[pk] for pk in wanted]


def _moved(move: Move) -> dict[str, Any]:
    return {"model": move.model._meta.label_lower, "field": move.field, "pks": list(move.pks)}


def _carry(moved: list[dict[str, Any]], kept: Unit, duplicate: Unit) -> None:
    try:
        with transaction.atomic():
            for line in moved:
                _point(line, line.get("to", kept.pk))
    except IntegrityError as error:
        raise Refused(f"“{duplicate}”的记录与“{kept}”的记录相互冲突，未作任何改动。") from error


def _point(line: dict[str, Any], target: int) -> None:
    manager = apps.get_model(line["model"])._base_manager
    for chunk in _chunks(line["pks"]):
        manager.filter(pk__in=chunk).update(**{f"{line['field']}_id": target})


def _end_doubles(plan: MergePlan, *, on: date) -> list[dict[str, Any]]:
    """End the doubles; what each field was and is, so that undoing can check and restore."""
    changes = []
    for ending in plan.endings:
        row = ending.row
        end, why = (
            ("left_on", "left_reason")
            if isinstance(row, Membership)
            else ("ends_on", "ended_reason")
        )
        start = row.joined_on if isinstance(row, Membership) else row.starts_on
        now = {end: max(on, start), why: f"并入“{plan.kept.name}”"[:200]}
        was = {name: getattr(row, name) for name in now}
        type(row)._base_manager.filter(pk=row.pk).update(**now)
        changes.append(
            {"model": row._meta.label_lower, "pk": row.pk, "was": _texts(was), "now": _texts(now)}
        )
    return changes


def _following(
    endings: Iterable[Ending],
) -> Iterator[tuple[type[models.Model], tuple[Any, ...], Membership]]:
    """Contributions and contacts of an ended double go on under the kept unit's membership."""
    doubles = [ending.row for ending in endings if isinstance(ending.row, Membership)]
    for double in doubles:
        for model in (Contribution, Contact):
            rows = model._base_manager.filter(membership=double).order_by("pk")
            found = tuple(rows.values_list("pk", flat=True))
            if found:
                yield model, found, double


def _follow_memberships(plan: MergePlan) -> list[dict[str, Any]]:
    lines = []
    for model, pks, double in _following(plan.endings):
        stands = Membership.objects.get(
            consortium=double.consortium_id, unit=plan.kept, left_on__isnull=True
        )
        line = {"model": model._meta.label_lower, "field": "membership", "pks": list(pks)}
        lines.append(line | {"to": stands.pk, "from": double.pk})
    return lines


def _take_back(merge: UnitMerge) -> None:
    for line in merge.moved:
        _need_unmoved(line, line.get("to", merge.kept_id))
    for change in merge.before["changes"]:
        _need_unchanged(change)
    try:
        with transaction.atomic():
            for line in merge.moved:
                _point(line, line.get("from", merge.duplicate_id))
            for change in merge.before["changes"]:
                manager = apps.get_model(change["model"])._base_manager
                manager.filter(pk=change["pk"]).update(**change["was"])
    except IntegrityError as error:
        raise Refused("合并后新增的记录与原记录冲突，无法撤销。") from error


def _need_unmoved(line: dict[str, Any], target: int) -> None:
    model = apps.get_model(line["model"])
    rows = model._base_manager.filter(**{f"{line['field']}_id": target})
    there = sum(rows.filter(pk__in=chunk).count() for chunk in _chunks(line["pks"]))
    missing = len(line["pks"]) - there
    if missing:
        raise Refused(
            f"{model._meta.verbose_name}中有 {missing} 条在合并后已被删除或转到其他单位，无法撤销。"
        )


def _need_unchanged(change: dict[str, Any]) -> None:
    model = apps.get_model(change["model"])
    row = model._base_manager.filter(pk=change["pk"]).first()
    if row is None or _texts({name: getattr(row, name) for name in change["now"]}) != change["now"]:
        raise Refused(f"{model._meta.verbose_name}在合并后又有改动，无法撤销。")


def _administered(*units: Unit, on: date) -> list[int]:
    return [unit.pk for unit in units if lasting_administrators(unit, on).exists()]


def _need_administrators(merge: UnitMerge, kept: Unit, duplicate: Unit, *, on: date) -> None:
    """Neither unit may come out of the undoing without the administrator it had."""
    had = set(merge.before["administered"])
    for unit in (kept, duplicate):
        if unit.pk in had and not lasting_administrators(unit, on).exists():
            raise Refused(f"撤销后“{unit.name}”将没有管理员，请先为它安排一位管理员。")


def _texts(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(v) if isinstance(v, date) else v for name, v in values.items()}


def _chunks(pks: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(pks), _CHUNK):
        yield pks[start : start + _CHUNK]
