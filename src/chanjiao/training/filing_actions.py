"""A province's template of the filing roster: brought, mapped once, forgotten."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import IO

from django.db import transaction
from django.db.models import QuerySet

from chanjiao.kernel.verdict import Conflict, Invalid, Refused, require
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.people.models import Unit
from chanjiao.sheets.arranging import need_mapping, outline_in
from chanjiao.sheets.foreign import Outline, suggest
from chanjiao.trail.actions import record
from chanjiao.training import placement_rules as rules
from chanjiao.training.filing import FACTS, shipped
from chanjiao.training.models import RosterLayout


def roster_layouts(consortium: Consortium, unit: Unit) -> QuerySet[RosterLayout]:
    """Those ready for use by any school, and the unit's own that wait to be mapped."""
    rows = RosterLayout.objects.filter(consortium=consortium).select_related("unit")
    return rows.filter(confirmed_at__isnull=False) | rows.filter(unit=unit)


def bring_template(
    content: IO[bytes], name: str, consortium: Consortium, unit: Unit, *, by: Actor, at: datetime
) -> RosterLayout:
    """The template's head is kept, with a mapping suggested; the one known already if it is known."""
    require(rules.may_plan(by, unit))
    outline = replace(outline_in(content, name, FACTS), samples=())
    with transaction.atomic():
        row, made = RosterLayout.objects.get_or_create(
            consortium=consortium, fingerprint=outline.fingerprint,
            defaults={
                "unit": unit, "title": f"{outline.sheet}（{name[-80:]}）"[:120],
                "outline": outline.as_dict(), "mapping": suggest(outline, FACTS),
                "made_at": at, "made_by": by.user,
            },
        )  # fmt: skip
        if made:
            data = {"columns": len(outline.titles)}
            record("training.bring_template", row, by=by, at=at, data=data)
    if row.confirmed_at is None and row.unit_id != unit.pk:
        raise Refused(
            f"{row.unit.called}已上传同样表头的模板，还没有对应各列。请联系该校完成对应。"
        )
    return row


def map_template(
    row: RosterLayout, mapping: Mapping[str, int], *, title: str, words: str, revision: int,
    by: Actor, at: datetime,
) -> RosterLayout:  # fmt: skip
    """Which column is which fact, and with whose words; used from now on."""
    with transaction.atomic():
        held = _locked(row, by)
        if held.revision != revision:
            raise Conflict("这种版式刚刚已被他人修改，请核对最新内容后再保存。")
        need_mapping(Outline.from_dict(held.outline), FACTS, mapping)
        if words and words not in shipped():
            raise Invalid({"words": ["请选择列出的用词。"]})
        before = held.mapping
        held.mapping, held.words, held.confirmed_at = dict(mapping), words, at
        held.title = title.strip()[:120] or held.title
        held.revision += 1
        held.save(update_fields=["mapping", "words", "title", "confirmed_at", "revision"])
        data = {"before": before, "after": held.mapping, "words": words}
        record("training.map_template", held, by=by, at=at, data=data)
    return held


def forget_template(row: RosterLayout, *, by: Actor, at: datetime) -> None:
    """The mapping is gone; rosters written through it are files of their own."""
    with transaction.atomic():
        held = _locked(row, by)
        data = {"title": held.title, "mapping": held.mapping}
        record("training.forget_template", held, by=by, at=at, data=data)
        held.delete()


def _locked(row: RosterLayout, by: Actor) -> RosterLayout:
    held = RosterLayout.objects.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if held is None:
        raise Conflict("这种版式已被删除。")
    if not by.acts_for(held.unit_id):
        raise Refused("版式由上传它的学校修改。")
    return held
