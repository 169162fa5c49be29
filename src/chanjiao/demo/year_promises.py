"""What members promised for the year, and what they delivered of it month by month."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from chanjiao.council.commitment_actions import (
    CommitmentFacts,
    add_commitment,
    confirm_delivery,
    record_delivery,
)
from chanjiao.council.enums import IN_FEN
from chanjiao.council.models import Commitment
from chanjiao.demo.cast import Cast
from chanjiao.demo.catalogue import Row, rows
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.money import to_fen

_MONTHS = (4, 9)
# What three members promised and delivered in the first year: unit, kind, title, promised.
_FIRST = (
    ("guanweihui", "money", "产教融合启动资金", "800"),
    ("jichuang", "money", "共建实训基地首期资金", "500"),
    ("dlzyjsxy", "equipment", "实训室首批设备", "360"),
)


def note_first_promises(cast: Cast) -> None:
    """A beginning: three promises, kept by the autumn."""
    year = cast.season.first_year
    for unit, kind, title, amount in _FIRST:
        row = {"unit": unit, "kind": kind, "title": title, "promised": amount, "source": "年度预算"}
        made = _promise(cast, row, date(year, 12, 20))
        cast.season.book(date(year, 9, 10), partial(_deliver, cast, made.pk, row, amount))


def note_promises(cast: Cast) -> None:
    """Entered as the closed year begins, for two years; the first part is delivered in each."""
    first, last = cast.season.closed_year, cast.season.plan_year
    for row in rows("commitments"):
        made = _promise(cast, row, date(last, 12, 20))
        for place, part in enumerate(row["delivered"].split("、") if row["delivered"] else ()):
            day = date((first, last)[place], _MONTHS[place], 8) + timedelta(days=made.pk % 20)
            cast.season.book(day, partial(_deliver, cast, made.pk, row, part))


def _promise(cast: Cast, row: Row, due: date) -> Commitment:
    facts = CommitmentFacts(
        row["kind"], row["title"], _quantity(row, row["promised"]), day_of(cast.season.tick(0)),
        due, row["source"],
    )  # fmt: skip
    return add_commitment(
        cast.consortium, cast.units[row["unit"]], facts, by=cast.secretary, at=cast.season.tick()
    )


def _quantity(row: Row, amount: str) -> Decimal:
    """Money and equipment stand in the catalogue in 万元."""
    return Decimal(to_fen(amount, "万元")) if row["kind"] in IN_FEN else Decimal(amount)


def _deliver(cast: Cast, pk: int, row: Row, amount: str) -> None:
    """Recorded by the unit, confirmed by the secretariat, except what came in the last days."""
    made = record_delivery(
        Commitment.objects.get(pk=pk), quantity=_quantity(row, amount),
        delivered_on=day_of(cast.season.tick(0)), note="凭证见财务记录（示例）。",
        by=cast.actor(row["unit"]), at=cast.season.tick(),
    )  # fmt: skip
    confirm_delivery(made, by=cast.secretary, at=cast.season.tick(3_600))
