"""What the platform knows of a member's year, section by section: what its return confirms."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from chanjiao.council.enums import IN_FEN, DeliveryState
from chanjiao.council.models import Commitment
from chanjiao.indicators.enums import Section
from chanjiao.indicators.models import MemberReturn
from chanjiao.kernel.money import spoken
from chanjiao.members.models import Membership
from chanjiao.needs.enums import ListingState
from chanjiao.needs.kinds import KINDS
from chanjiao.plans.enums import TASK_LABELS, EvidenceState, TaskState
from chanjiao.plans.models import Evidence, Task


@dataclass(frozen=True, slots=True)
class Known:
    """A section: a small table, what the unit says of it, and why it was handed back."""

    key: str
    label: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    confirmed: bool
    remark: str
    returned: str

    @property
    def lines(self) -> list[list[tuple[str, str]]]:
        """Each row as (heading, cell), for screens too narrow for columns."""
        return [list(zip(self.headings, row, strict=True)) for row in self.rows]


def known_of(row: MemberReturn) -> list[Known]:
    """Every section of a return; of the unit's own rows only."""
    made = {
        Section.MEMBERSHIP: _membership(row),
        Section.LISTS: _lists(row),
        Section.COMMITMENTS: _commitments(row),
        Section.TASKS: _tasks(row),
        Section.EVIDENCE: _evidence(row),
    }
    return [_section(row, section, made[section]) for section in Section]


def _section(row: MemberReturn, section: Section, found: tuple[Any, Any, str]) -> Known:
    said: Mapping[str, Any] = row.sections.get(section.value, {})
    headings, rows, empty = found
    return Known(
        section.value, str(section.label), headings, tuple(rows), empty,
        bool(said.get("confirmed")), str(said.get("remark") or ""),
        row.returned_reasons.get(section.value, ""),
    )  # fmt: skip


def _membership(row: MemberReturn) -> tuple[Any, Any, str]:
    held = Membership.objects.filter(consortium=row.period.consortium_id, unit=row.unit_id)
    unit = row.unit
    rows = [
        (
            unit.name, unit.credit_code or "", one.get_role_display(), str(one.joined_on),
            str(one.left_on or ""), str(unit.staff_count or "未填"),
        )
        for one in held.order_by("joined_on", "pk")
    ]  # fmt: skip
    heads = ("单位名称", "统一社会信用代码", "成员角色", "加入日期", "退出日期", "职工人数")
    return heads, rows, "没有成员资格。"


def _lists(row: MemberReturn) -> tuple[Any, Any, str]:
    rows = []
    for kind in KINDS:
        own = kind.model._default_manager.filter(
            consortium=row.period.consortium_id, unit=row.unit_id,
            quarter__startswith=str(row.period.year),
        ).exclude(state=ListingState.DRAFT)  # fmt: skip
        counts = own.aggregate(
            n=Count("pk"), shown=Count("pk", filter=Q(published_at__isnull=False)),
            quarters=Count("quarter", distinct=True),
        )  # fmt: skip
        if counts["n"]:
            rows.append(
                (kind.label, str(counts["n"]), str(counts["shown"]), str(counts["quarters"]))
            )
    return ("清单", "提交（条）", "发布（条）", "季度数"), rows, "本年度没有提交清单。"


def _commitments(row: MemberReturn) -> tuple[Any, Any, str]:
    confirmed = Q(
        deliveries__state=DeliveryState.CONFIRMED,
        deliveries__delivered_on__gte=row.period.since,
        deliveries__delivered_on__lt=row.period.until,
    )
    held = Commitment.objects.filter(
        consortium=row.period.consortium_id, unit=row.unit_id, promised_on__lt=row.period.until
    ).annotate(got=Sum("deliveries__quantity", filter=confirmed))
    rows = [
        (
            one.number, one.title, _amount(one, one.promised), _amount(one, one.got or 0),
            str(one.due_on or ""),
        )
        for one in held.order_by("due_on", "pk")
    ]  # fmt: skip
    return ("编号", "承诺", "承诺数量", "本年度兑现", "期限"), rows, "没有登记的承诺。"


def _amount(one: Commitment, quantity: Any) -> str:
    if one.kind in IN_FEN:
        return spoken(int(quantity))
    text = format(quantity, "f")
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} {one.measure}"


def _tasks(row: MemberReturn) -> tuple[Any, Any, str]:
    held = Task.objects.filter(
        plan__consortium=row.period.consortium_id, plan__year=row.period.year, unit=row.unit_id
    ).exclude(state=TaskState.DRAFT)
    rows = [
        (one.code, one.name, f"{one.progress}%", TASK_LABELS[one.state], str(one.due_on))
        for one in held.order_by("place", "pk")
    ]
    return ("编号", "任务", "进度", "状态", "期限"), rows, "本年度没有承担任务。"


def _evidence(row: MemberReturn) -> tuple[Any, Any, str]:
    held = Evidence.objects.filter(
        plan__consortium=row.period.consortium_id, plan__year=row.period.year, unit=row.unit_id
    ).exclude(state=EvidenceState.WITHDRAWN)
    rows = [
        (
            one.code,
            one.title,
            one.get_kind_display(),
            one.get_state_display(),
            str(one.due_on or ""),
        )
        for one in held.order_by("code", "pk")
    ]
    return ("编号", "名称", "种类", "状态", "期限"), rows, "本年度没有佐证。"
