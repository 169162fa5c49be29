"""Who may do what with an import, and why not."""

from chanjiao.kernel.moves import may_move
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.people.access import Actor
from chanjiao.sheets.binding import get
from chanjiao.sheets.enums import LABELS, MOVES, ImportMode, ImportState
from chanjiao.sheets.models import Import


def may_see(actor: Actor | None, import_: Import) -> Verdict:
    """The people of the unit it was uploaded for: rosters are personal data."""
    if actor is not None and actor.acts_for(import_.unit_id):
        return ALLOWED
    return refuse("只有上传单位的人员可以查看。")


def may_commit(actor: Actor | None, import_: Import, mode: str = ImportMode.ALL) -> Verdict:
    """After the dry run; everything only if everything is good. A stuck write may be tried again."""
    seen = all_of(may_see(actor, import_), get(import_.layout).may(actor, import_.context))
    if not seen:
        return seen
    if not (import_.is_stuck and import_.state == ImportState.WRITING):
        ready = may_move(MOVES, LABELS, import_.state, ImportState.WRITING)
        if not ready:
            return ready
    return _worth_writing(import_.report, mode)


def _worth_writing(report: dict[str, object], mode: str) -> Verdict:
    if report.get("blocked"):
        return refuse("表头有误，请按模板改正后重新上传。")
    if not report.get("good"):
        return refuse("没有可以导入的行。")
    if mode == ImportMode.ALL and report.get("bad"):
        return refuse(f"还有 {report['bad']} 行有问题，请改正后重新上传，或只导入合格行。")
    return ALLOWED


def may_abandon(actor: Actor | None, import_: Import) -> Verdict:
    return all_of(
        may_see(actor, import_), may_move(MOVES, LABELS, import_.state, ImportState.ABANDONED)
    )
