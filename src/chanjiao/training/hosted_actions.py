"""Writing what the host decides: who of its people guides a student."""

from datetime import datetime

from django.db import transaction

from chanjiao.kernel.verdict import Conflict, Invalid, require
from chanjiao.people.access import Actor
from chanjiao.people.checks import check_row
from chanjiao.trail.actions import record
from chanjiao.training import safeguard_rules as rules
from chanjiao.training.hosted import loads_for
from chanjiao.training.models import Mentor, Stint
from chanjiao.training.placement_checks import check_masters
from chanjiao.training.placement_facts import facts_of_stint
from chanjiao.training.placement_rows import tell_student


def assign_masters(
    stint: Stint, master: Mentor, second: Mentor | None, *, revision: int, by: Actor, at: datetime
) -> Stint:
    """Who guides a student at the host; `Invalid` for somebody who already has as many as agreed."""
    with transaction.atomic():
        rows = Stint.objects.select_for_update(of=("self",))
        row = rows.select_related("placement__student__user", "host").get(pk=stint.pk)
        require(rules.may_assign_masters(by, row))
        if row.revision != revision:
            raise Conflict("这段实习刚刚已被他人修改，请核对最新内容后再保存。")
        check_masters(facts_of_stint(row, master=master, second_master=second))
        _need_room(row, [one for one in (master, second) if one is not None])
        row.master, row.second_master = master, second
        row.revision += 1
        check_row(row)
        row.save()
        data = {"stint": row.pk, "master": master.pk, "second": second.pk if second else None}
        record("training.assign_masters", row.placement, by=by, at=at, data=data)
        tell_student(row.placement, f"{row.host.called} 已安排企业导师：{master.name}。", at)
    return row


def _need_room(row: Stint, chosen: list[Mentor]) -> None:
    """The masters are locked, so that two students cannot both take the last place."""
    wanted = [one.pk for one in chosen]
    list(Mentor.objects.select_for_update(of=("self",)).filter(pk__in=wanted).order_by("pk"))
    held = {row.master_id, row.second_master_id}
    for load in loads_for(row):
        if load.mentor.pk in wanted and load.mentor.pk not in held and load.is_full:
            told = f"{load.mentor.name} 同期已带 {load.others} 人，达到带徒上限，请换一位导师。"
            raise Invalid({"master": [told]})
