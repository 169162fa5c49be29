"""The year's plan, its tasks, what is reported and judged of them, and the evidence."""

from chanjiao.plans.models.book import BookLayout
from chanjiao.plans.models.evidence import (
    Evidence,
    EvidenceBundle,
    EvidenceFile,
    EvidenceFlag,
    EvidenceUse,
    Submission,
)
from chanjiao.plans.models.plan import Milestone, Plan, Task, TaskGroup
from chanjiao.plans.models.progress import ProgressReport, Reminder
from chanjiao.plans.models.review import Rectification, Review

__all__ = [
    "BookLayout",
    "Evidence",
    "EvidenceBundle",
    "EvidenceFile",
    "EvidenceFlag",
    "EvidenceUse",
    "Milestone",
    "Plan",
    "ProgressReport",
    "Rectification",
    "Reminder",
    "Review",
    "Submission",
    "Task",
    "TaskGroup",
]
