"""The rules a consortium starts with, until its own charter says otherwise (domain §3)."""

from dataclasses import dataclass

from chanjiao.council.enums import Base, BodyKind

SOURCE = "平台默认规则（请按本联合体章程核对）"


@dataclass(frozen=True, slots=True)
class ThresholdFacts:
    """What a kind of motion needs to pass, as typed."""

    kind: str
    name: str
    numerator: int
    denominator: int
    base: str
    strict: bool
    abstentions_count: bool = True
    secret: bool = False


ORDINARY = ThresholdFacts("ordinary", "一般议案", 1, 2, Base.PRESENT, True)
ELECTION = ThresholdFacts("election", "选举与罢免", 1, 2, Base.PRESENT, True, secret=True)
CHARTER = ThresholdFacts("charter", "修改章程", 2, 3, Base.PRESENT, False)
DISSOLUTION = ThresholdFacts("dissolution", "终止与解散", 2, 3, Base.ENTITLED, False)

THRESHOLDS: dict[str, tuple[ThresholdFacts, ...]] = {
    BodyKind.ASSEMBLY: (ORDINARY, ELECTION, CHARTER, DISSOLUTION),
    BodyKind.BOARD: (ORDINARY, ELECTION, CHARTER),
    BodyKind.OFFICE: (ORDINARY,),
    BodyKind.COMMITTEE: (ORDINARY, ELECTION),
    BodyKind.EXPERTS: (ORDINARY, ELECTION),
}
