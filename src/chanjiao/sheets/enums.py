"""States of an import."""

from django.db.models import TextChoices

from chanjiao.kernel.moves import Moves


class ImportState(TextChoices):
    CHECKING = "checking", "检查中"
    CHECKED = "checked", "待确认"
    REFUSED = "refused", "无法读取"
    WRITING = "writing", "写入中"
    DONE = "done", "已导入"
    ABANDONED = "abandoned", "已放弃"
    FAILED = "failed", "失败"


class ImportMode(TextChoices):
    ALL = "all", "全部导入"
    GOOD = "good", "只导入合格行"


LABELS: dict[str, str] = {state.value: str(state.label) for state in ImportState}
MOVES: Moves = {
    ImportState.CHECKING: frozenset({ImportState.CHECKED, ImportState.REFUSED, ImportState.FAILED}),
    ImportState.CHECKED: frozenset({ImportState.WRITING, ImportState.ABANDONED}),
    ImportState.WRITING: frozenset({ImportState.DONE, ImportState.CHECKED, ImportState.FAILED}),
    ImportState.REFUSED: frozenset(),
    ImportState.DONE: frozenset(),
    ImportState.ABANDONED: frozenset(),
    ImportState.FAILED: frozenset(),
}
