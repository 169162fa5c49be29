"""Dual training, from the programme to what became of its graduates."""

from chanjiao.training.models.archives import ClassArchive
from chanjiao.training.models.entries import Entry, EntryFile
from chanjiao.training.models.filing import RosterLayout
from chanjiao.training.models.mentors import Mentor, MentorWork, TeacherStay
from chanjiao.training.models.placements import Gate, Override, Placement, Stint
from chanjiao.training.models.programmes import (
    Enrolment,
    PlanItem,
    Programme,
    ProgrammeReport,
    ProgrammeUnit,
    TrainingClass,
)
from chanjiao.training.models.results import BaseEvaluation, Grade, Outcome
from chanjiao.training.models.safeguards import (
    Complaint,
    Incident,
    IncidentNote,
    Insurance,
    PayProof,
    SafetyRecord,
)
from chanjiao.training.models.visits import Draw, Visit

__all__ = [
    "BaseEvaluation", "ClassArchive", "Complaint", "Draw", "Enrolment", "Entry", "EntryFile", "Gate", "Grade",
    "Incident", "IncidentNote", "Insurance", "Mentor", "MentorWork", "Outcome", "Override",
    "PayProof", "Placement", "PlanItem", "Programme", "ProgrammeReport", "ProgrammeUnit",
    "RosterLayout", "SafetyRecord", "Stint", "TeacherStay", "TrainingClass", "Visit",
]  # fmt: skip
