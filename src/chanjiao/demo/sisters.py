"""Five sister consortia and the authority they hand their packs to.

Every name says 示例. `sister_packs` makes the packs by the real `make_pack`; `hand_in_sisters`
registers the authority and receives them by the real actions, as its own people would.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from chanjiao.demo.cast import Cast
from chanjiao.demo.sister_facts import Sister, facts_of, typed_of
from chanjiao.indicators.enums import SignerState
from chanjiao.indicators.models import ReceivedPack, Signer
from chanjiao.indicators.received import confirm_signer, receive_pack
from chanjiao.members.authorities import register_authority
from chanjiao.members.models import Authority
from chanjiao.people.checks import UnitFacts
from chanjiao.people.enums import UnitKind
from chanjiao_engine.codes import make_credit_code
from chanjiao_engine.indicators.definitions import Period
from chanjiao_engine.indicators.packs import Key, make_key, make_pack

OFFICIAL = "jiaoyuting"
_BY_HAND = ("经办处室提供，附佐证。",) * 9


def _typed(*values: str) -> tuple[tuple[str, str, str], ...]:
    """Values of the indicators filled by hand, in this order; an empty one was not filled in."""
    codes = ("1", "8", "9", "11", "32", "33", "34", "35", "44")
    return tuple(
        (code, value, reason)
        for code, value, reason in zip(codes, values, _BY_HAND, strict=True)
        if value
    )


SISTERS = (
    Sister(
        code="shili-shenyang", name="示例沈阳智能制造市域产教联合体", park="示例沈阳园区", division="210112",
        industries=("34", "35", "39"), schools=(9, 6, 1, 6), firms=42, institutes=9, students=5200,
        listing_firms=38, meetings=6, carried_out=95, filled=81, answered=63, money=4300,
        typed=_typed("1860.5", "120", "1", "6", "5", "9", "36", "14", "0"),
    ),
    Sister(
        code="shili-anshan", name="示例鞍山钢铁新材料市域产教联合体", park="示例鞍山园区", division="210300",
        industries=("31", "32"), schools=(6, 4, 0, 3), firms=27, institutes=5, students=2600,
        listing_firms=20, meetings=4, carried_out=82, filled=66, answered=48, money=2400,
        typed=_typed("980", "60", "0", "4", "2", "5", "18", "7", "0"),
    ),
    Sister(  # no meeting with a quorum in the year
        code="shili-yingkou", name="示例营口港航物流市域产教联合体", park="示例营口园区", division="210800",
        industries=("55", "59"), schools=(4, 3, 0, 1), firms=22, institutes=2, students=1500,
        listing_firms=15, meetings=1, quorate=False, regulations=7, filled=58, answered=35, fresh=70,
        money=900, typed=_typed("640", "30", "0", "3", "4", "2", "9", "3", "0"),
    ),
    Sister(  # one file proves five things it cannot prove at once: a veto
        code="shili-jinzhou", name="示例锦州光伏市域产教联合体", park="示例锦州园区", division="210700",
        industries=("38", "39"), schools=(5, 3, 0, 2), firms=24, institutes=4, students=1900,
        listing_firms=19, carried_out=90, filled=74, answered=57, money=1700, flagged=5,
        typed=_typed("720.4", "50", "1", "4", "1", "4", "15", "5", "0"),
    ),
    Sister(  # small, and half of what is filled in by hand is missing
        code="shili-dandong", name="示例丹东仪器仪表市域产教联合体", park="示例丹东园区", division="210600",
        industries=("40",), schools=(3, 2, 0, 1), firms=14, institutes=2, students=820,
        listing_firms=8, meetings=2, carried_out=60, regulations=5, filled=49, answered=30, fresh=62,
        money=420, typed=_typed("310", "18", "", "2", "", "", "6", "", "0"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SisterPack:
    """A finished pack as its secretariat would send it."""

    sister: Sister
    data: bytes
    key: Key


def sister_packs(set_text: str, period: Period, *, created: datetime) -> Iterator[SisterPack]:
    """The packs of one year with the given indicator set; the same arguments, the same bytes."""
    for sister in SISTERS:
        facts, evidence = facts_of(sister, period)
        key = make_key("ed25519", hashlib.sha256(f"demo {sister.code}".encode()).digest())
        made = make_pack(
            facts, set_text, period, key, created=created, typed=typed_of(sister, evidence),
            evidence=evidence,
        )  # fmt: skip
        yield SisterPack(sister, made.data, key)


def hand_in_sisters(cast: Cast, set_text: str, period: Period) -> Authority:
    """An authority with the sisters' packs: all verified, the last signer still to be compared.

    One file came damaged first and is kept as refused. `jiaoyuting` signs in for the authority.
    """
    appointed = register_authority(
        UnitFacts(
            kind=UnitKind.GOVERNMENT, name="示例省教育厅", short_name="示例省教育厅",
            credit_code=make_credit_code("11", "210000", "00000077"),
        ),
        level="province", division_code="210000", person="厅职成", email="",
        by=cast.actor("operator"), at=cast.season.tick(),
    )  # fmt: skip
    authority = appointed.authority
    cast.join(appointed.token, OFFICIAL)
    packs = list(sister_packs(set_text, period, created=cast.season.tick()))
    year = period.since.year
    hand_in(cast, authority, _damaged(packs[0].data), f"示例沈阳{year}（传输损坏）.cjpack")
    for pack in packs:
        hand_in(cast, authority, pack.data, f"{pack.sister.code}-{year}.cjpack")
    for signer in Signer.objects.filter(authority=authority).order_by("pk")[: len(packs) - 1]:
        accept(cast, signer)
    return authority


def hand_in(cast: Cast, authority: Authority, data: bytes, name: str) -> ReceivedPack:
    """The authority's person uploads a file; the worker verifies it at that moment."""
    with cast.season.held(900) as at:
        made = receive_pack(authority, BytesIO(data), name, by=cast.actor(OFFICIAL), at=at)
    made.refresh_from_db()
    return made


def accept(cast: Cast, signer: Signer) -> None:
    """The fingerprint was read out on the telephone."""
    if signer.state != SignerState.CONFIRMED:
        confirm_signer(
            signer, note="电话核对：对方秘书处报读指纹，与本页一致。", by=cast.actor(OFFICIAL),
            at=cast.season.tick(120),
        )  # fmt: skip


def _damaged(data: bytes) -> bytes:
    """One bit lost on the way."""
    broken = bytearray(data)
    broken[len(broken) * 2 // 3] ^= 4
    return bytes(broken)
