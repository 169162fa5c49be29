"""The two long jobs of an import: the dry run, and the writing."""

from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from chanjiao.files.actions import store_file
from chanjiao.files.models import StoredFile
from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel import clock
from chanjiao.kernel.verdict import Refused, require
from chanjiao.people.access import Actor, actor_of
from chanjiao.sheets.actions import note_check, note_failure, write_rows
from chanjiao.sheets.binding import Binding, get
from chanjiao.sheets.checking import CheckedFile, check_file
from chanjiao.sheets.enums import ImportMode, ImportState
from chanjiao.sheets.models import Import
from chanjiao.sheets.refusals import RefusedFile
from chanjiao.sheets.writing import returned

KEPT_PROBLEMS = 1_000
_EMPTY: dict[str, Any] = {
    "rows": 0,
    "good": 0,
    "bad": 0,
    "problem_count": 0,
    "problems": [],
    "by_code": {},
    "notices": [],
    "blocked": False,
    "refused": "",
    "advice": "",
}


@dataclass(slots=True)
class _Reading:
    """An import with its file read and checked against the database as it is now."""

    import_: Import
    binding: Binding
    actor: Actor
    context: Any
    checked: CheckedFile


def run_check(job: Job, progress: Progress) -> str:
    """The dry run; run again after a killed worker it starts over."""
    import_ = _import_of(job)
    if import_.state != ImportState.CHECKING:
        return "已检查过。"
    try:
        reading = _read(import_, progress)
    except RefusedFile as refusal:
        report = _EMPTY | {"refused": refusal.message, "advice": refusal.advice}
        note_check(import_, report, None, at=clock.now())
        return f"无法读取：{refusal.message}。"
    report = _report(reading.checked)
    note_check(import_, report, _returned(reading), at=clock.now())
    return _summary(report)


def run_write(job: Job, progress: Progress) -> str:
    """Check again, then write in one transaction; what fails writes nothing and says so."""
    import_ = _import_of(job)
    if import_.state != ImportState.WRITING:
        return "已处理过。"
    try:
        return _write(import_, progress)
    except Exception as error:
        reason = error.reason if isinstance(error, Refused) else "程序出错"
        note_failure(import_, reason, at=clock.now())
        raise


def _write(import_: Import, progress: Progress) -> str:
    try:
        reading = _read(import_, progress)
    except RefusedFile as refusal:
        raise Refused(f"{refusal.message}。{refusal.advice}。") from refusal
    report, rest = _report(reading.checked), _returned(reading)
    if report["blocked"] or (import_.mode == ImportMode.ALL and report["bad"]):
        note_check(import_, report, rest, at=clock.now())
        raise Refused(
            f"再次检查时发现 {report['bad']} 行有问题，没有写入任何数据。{_summary(report)}"
        )
    rows = reading.checked.good_rows()
    progress(0, len(rows), "写入数据库")
    counts = write_rows(
        import_, reading.binding, rows, reading.context, report, rest,
        by=reading.actor, at=clock.now(),
    )  # fmt: skip
    if counts is None:
        return "已处理过。"
    progress(len(rows), len(rows), "写入完成")
    left = f",{report['bad']} 行未导入，可下载退回表" if report["bad"] else ""
    return (
        f"新增 {counts.created} 行，更新 {counts.updated} 行，无变化 {counts.unchanged} 行{left}。"
    )


def _import_of(job: Job) -> Import:
    return Import.objects.select_related("file", "by", "unit").get(pk=job.arguments["import"])


def _read(import_: Import, progress: Progress) -> _Reading:
    at = clock.now()
    actor = actor_of(import_.by, clock.day_of(at))
    binding = get(import_.layout)
    require(binding.may(actor, import_.context))
    context = binding.load(user=actor, scope=import_.context, at=at)
    layout = binding.fit(binding.layout, context)
    checked = check_file(
        Path(import_.file.file.path), layout, name=import_.file.name,
        progress=lambda done, total: progress(done, total * 2, "读取并检查各列"),
        arrangement=binding.arrange(context),
    )  # fmt: skip
    binding.note_absent(context, checked.absent)
    total = len(checked.rows)
    progress(total, total * 2, "与已有数据核对")
    checked.add(binding.check_rows(checked.rows, context))
    checked.notices += binding.told(context)
    progress(total * 2, total * 2, "核对完成")
    return _Reading(import_, binding, actor, context, checked)


def _report(checked: CheckedFile) -> dict[str, Any]:
    bad = len(checked.bad_rows())
    problems = checked.problems
    return _EMPTY | {
        "rows": len(checked.rows),
        "good": len(checked.rows) - bad,
        "bad": bad,
        "problem_count": len(problems),
        "problems": [problem.as_dict() for problem in problems[:KEPT_PROBLEMS]],
        "by_code": dict(Counter(problem.code for problem in problems).most_common()),
        "notices": list(checked.notices),
        "blocked": checked.blocked,
    }


def _summary(report: dict[str, Any]) -> str:
    if not report["rows"]:
        return "文件里没有数据行。"
    if not report["problem_count"]:
        return f"{report['rows']} 行全部合格，可以导入。"
    return f"{report['rows']} 行中 {report['bad']} 行有问题，共 {report['problem_count']} 处。"


def _returned(reading: _Reading) -> StoredFile | None:
    """The bad rows as a workbook with their reasons, stored; None if all are good."""
    if not reading.checked.bad_rows():
        return None
    content = BytesIO()
    returned(reading.checked, content)
    content.seek(0)
    name = f"退回-{Path(reading.import_.file.name).stem}.xlsx"
    return store_file(content, name, by=reading.actor, at=clock.now())
