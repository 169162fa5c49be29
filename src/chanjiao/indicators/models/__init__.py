"""Sets in use, periods with their returns, values by hand, and what is frozen of a period."""

from chanjiao.indicators.models.frozen import Pack, Snapshot
from chanjiao.indicators.models.periods import MemberReturn, Period
from chanjiao.indicators.models.received import ReceivedPack, Signer
from chanjiao.indicators.models.sets import SetVersion
from chanjiao.indicators.models.values import ChangeNote, Confirmation, Figures, TypedValue

__all__ = [
    "ChangeNote", "Confirmation", "Figures", "MemberReturn", "Pack", "Period", "ReceivedPack", "SetVersion", "Signer",
    "Snapshot", "TypedValue",
]  # fmt: skip
