"""States of a report."""

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


class ReportState(TextChoices):
    MAKING = "making", "生成中"
    READY = "ready", "已生成"
    FAILED = "failed", "未生成"


REPORT_MOVES: Moves = {
    ReportState.MAKING: frozenset({ReportState.READY, ReportState.FAILED}),
    ReportState.READY: frozenset(),
    ReportState.FAILED: frozenset(),
}
REPORT_LABELS: dict[str, str] = {state.value: str(state.label) for state in ReportState}
