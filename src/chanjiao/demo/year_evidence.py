"""The year's evidence: asked for in January, handed in as small real files, checked, handed back."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import partial
from io import BytesIO

from chanjiao.demo.cast import Cast
from chanjiao.demo.catalogue import Row
from chanjiao.demo.pupils import chance, person_name
from chanjiao.demo.year_files import picture, workbook
from chanjiao.demo.year_plan import month_end, percent_at, plan_of, rows_of_year
from chanjiao.documents.blocks import Paragraph
from chanjiao.documents.writing import write_word
from chanjiao.files.uploads import Upload
from chanjiao.kernel.clock import day_of
from chanjiao.kernel.money import to_fen
from chanjiao.plans.enums import EvidenceKind, EvidenceState, FlagState
from chanjiao.plans.evidence_actions import Wish, ask_evidence, submit_evidence, update_evidence
from chanjiao.plans.evidence_check_actions import accept_many, clear_flag, return_evidence
from chanjiao.plans.evidence_files import add_files, remove_file
from chanjiao.plans.evidence_kinds import RULES
from chanjiao.plans.models import Evidence, EvidenceFlag, Plan

_KINDS = {str(kind.label): kind.value for kind in EvidenceKind}
_JOINT = "两家单位联合签订的同一合同，各自证明本单位承担的部分，予以排除。"
_RETURNED = 8  # every eighth piece comes back once
# Two contracts, of two units, that turn out to be one file.
TWINS = ("5-1-1", "5-2-1", "5-2-3")


def ask_for_evidence(cast: Cast, year: int) -> None:
    """What proves each task, half-way and at its end; handed in around the day it is due."""
    season, plan = cast.season, plan_of(cast, year)
    tasks = {task.code: task for task in plan.tasks.select_related("unit", "plan__consortium")}
    wishes = []
    for row in rows_of_year(cast, year):
        task, kinds = tasks[row["code"]], [_KINDS[name] for name in row["evidence"].split("、")]
        half = max(month_end(year, min(6, int(row["due"]))), day_of(season.tick(0)))
        wishes.append(Wish(task, kinds[0], f"{row['midway']}（示例）", half, "请附盖章或签字页。"))
        if task.due_on != half:
            wishes += [Wish(task, kind, f"{row['finish']}·{EvidenceKind(kind).label}（示例）", task.due_on)
                       for kind in kinds]  # fmt: skip
    ask_evidence(plan, wishes, by=cast.secretary, at=season.tick())
    for month in range(1, 13):
        handed = month_end(year, month) - timedelta(days=4)
        season.book(handed, partial(_hand_in, cast, year, month))
        season.book(handed + timedelta(days=9), partial(_check, cast, year))
        season.book(handed + timedelta(days=14), partial(_again, cast, year))
    season.book(date(year + 1, 1, 18), partial(_check, cast, year))


def _hand_in(cast: Cast, year: int, month: int) -> None:
    """Units whose tasks are on their way hand in what is due this month; the others do not."""
    courses = {row["code"]: row for row in rows_of_year(cast, year)}
    plan = plan_of(cast, year)
    due = plan.evidence.filter(state=EvidenceState.WANTED, due_on__lte=month_end(plan.year, month))
    for piece in due.select_related("task", "unit", "plan__consortium").order_by(
        "task__place", "number"
    ):
        row = courses[piece.task.code]
        if row["course"] in {"done", "on"} or (
            row["course"] == "slow" and percent_at(row, month) < 50
        ):
            _submit(cast, piece, row)


def _submit(cast: Cast, piece: Evidence, row: Row, *, mended: bool = False) -> None:
    by = cast.actor(cast.key_of(piece.unit_id))
    values = _fields(cast, piece)
    piece = update_evidence(piece, values, revision=piece.revision, by=by, at=cast.season.tick())
    add_files(piece, [_file(piece, row, mended)], by=by, at=cast.season.tick())
    submit_evidence(piece, by=by, at=cast.season.tick())


def _fields(cast: Cast, piece: Evidence) -> dict[str, object]:
    """What its kind needs."""
    luck = chance("evidence", piece.code)
    known: dict[str, object] = {
        "document_number": f"示例字〔{piece.plan.year}〕{luck.randrange(1, 90)} 号",
        "dated_on": day_of(cast.season.tick(0)) - timedelta(days=luck.randrange(2, 20)),
        "issuer": "示例出具单位", "people": luck.randrange(20, 180),
        "amount_fen": to_fen(luck.randrange(20, 260), "万元"),
        "link": f"https://example.com/{piece.code}", "note": "示例材料，用于演示。",
    }  # fmt: skip
    return {name: known[name] for name in RULES[piece.kind].fields}


# Files ---------------------------------------------------------------------------------------
def _file(piece: Evidence, row: Row, mended: bool) -> Upload:
    """A small real file. The twins hand in one and the same invoice."""
    twin = piece.due_on == piece.task.due_on and piece.task.code in TWINS
    key = f"{piece.plan.year}{'twins' if twin and not mended else piece.code}{mended}"
    name = f"{piece.code}{row['name'][:12]}（示例）"
    if piece.kind in {EvidenceKind.PHOTO, EvidenceKind.NEWS}:
        return _upload(picture(key, "PNG"), f"{name}.png")
    if piece.kind in {EvidenceKind.INVOICE, EvidenceKind.CONTRACT}:
        return _upload(picture(key, "PDF"), f"{name}.pdf")
    if piece.kind in {EvidenceKind.ROSTER, EvidenceKind.SURVEY}:
        return _upload(_roster(piece), f"{name}.xlsx")
    blocks = [
        Paragraph("示例材料，仅用于演示，不代表真实事项。"),
        Paragraph(row["goal"]),
        Paragraph(f"{piece.plan.year} 年 {piece.code} {piece.title}"),
    ]
    return _upload(write_word(piece.title, blocks), f"{name}{'（修改）' if mended else ''}.docx")


def _upload(data: bytes, name: str) -> Upload:
    return Upload(BytesIO(data), name, len(data))


def _roster(piece: Evidence) -> bytes:
    people = range(1, (piece.people or 1) + 1)
    named = [(n, person_name("roster", f"{piece.code}-{n}"), piece.unit.called) for n in people]
    return workbook("名单（示例）", [("序号", "姓名", "单位"), *named])


# Checked -------------------------------------------------------------------------------------
def _waiting(plan: Plan) -> Iterable[Evidence]:
    rows_ = plan.evidence.filter(state=EvidenceState.SUBMITTED).exclude(flag=FlagState.OPEN)
    return rows_.select_related("task", "unit", "plan__consortium").order_by("pk")


def _check(cast: Cast, year: int) -> None:
    """Most are accepted; some come back with what is missing. Of the closed years nothing is left."""
    good = []
    if year != cast.season.plan_year:
        for flag in EvidenceFlag.objects.filter(evidence__plan__year=year, state=FlagState.OPEN):
            clear_flag(flag, _JOINT, by=cast.secretary, at=cast.season.tick(300))
    for piece in _waiting(plan_of(cast, year)):
        back = piece.pk % _RETURNED == 0 and piece.task.code not in TWINS
        if back and piece.submissions.count() == 1:
            reasons = {"files": "扫描件缺盖章页，请补全后重传。"}
            return_evidence(piece, reasons, by=cast.secretary, at=cast.season.tick(300))
        else:
            good.append(piece)
    if good:
        accept_many(good, by=cast.secretary, at=cast.season.tick(600))


def _again(cast: Cast, year: int) -> None:
    """What came back is mended and handed in again, with another file."""
    courses = {row["code"]: row for row in rows_of_year(cast, year)}
    back = plan_of(cast, year).evidence.filter(state=EvidenceState.RETURNED)
    for piece in back.select_related("task", "unit", "plan__consortium").order_by("pk"):
        by = cast.actor(cast.key_of(piece.unit_id))
        for file in piece.files.filter(removed_at__isnull=True).select_related("evidence", "file"):
            remove_file(file, by=by, at=cast.season.tick())
        piece.refresh_from_db()
        _submit(cast, piece, courses[piece.task.code], mended=True)
