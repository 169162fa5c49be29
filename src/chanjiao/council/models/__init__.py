"""The council's tables."""

from chanjiao.council.models.bodies import Body, CharterRule, Seat, Threshold
from chanjiao.council.models.commitments import Commitment, Delivery
from chanjiao.council.models.meetings import (
    Attendance,
    Avoidance,
    Meeting,
    MeetingFile,
    Motion,
    Vote,
)
from chanjiao.council.models.resolutions import Regulation, Resolution, ResolutionReport

__all__ = [
    "Attendance", "Avoidance", "Body", "CharterRule", "Commitment", "Delivery", "Meeting",
    "MeetingFile", "Motion", "Regulation", "Resolution", "ResolutionReport", "Seat", "Threshold",
    "Vote",
]  # fmt: skip
