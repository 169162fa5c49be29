"""Is a piece of evidence fit to be handed in: shared by the form, the action and imports."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from chanjiao.kernel.verdict import Invalid
from chanjiao.plans.evidence_kinds import FIELDS, RULES, KindRule
from chanjiao.plans.models import Evidence

Values = Mapping[str, Any]
FILES = "files"
_EMPTY: dict[str, Any] = {"amount_fen": None, "people": None, "dated_on": None}
EARLIEST = date(2000, 1, 1)


def tidied(kind: str, values: Values) -> dict[str, Any]:
    """Every field with a value the model takes: those that the kind does not have are emptied."""
    if unknown := values.keys() - FIELDS.keys():
        raise Invalid({name: ["没有这个字段。"] for name in sorted(unknown)})
    known = RULES[kind].fields
    found: dict[str, Any] = {}
    for name in FIELDS:
        value = values.get(name) if name in known else None
        value = value.strip() if isinstance(value, str) else value
        found[name] = _EMPTY.get(name, "") if value in (None, "") else value
    return found


def require_fit(row: Evidence, *, has_files: bool, on: date) -> None:
    """Raise Invalid with the messages by field ("files" for the content), if there are any."""
    problems: dict[str, list[str]] = {}
    for name, message in problems_of(row, has_files=has_files, on=on):
        problems.setdefault(name, []).append(message)
    if problems:
        raise Invalid(problems)


def problems_of(row: Evidence, *, has_files: bool, on: date) -> Iterator[tuple[str, str]]:
    """What must be mended before handing in. A reference or a live record needs no fields."""
    if row.same_as_id or row.record_label:
        return
    rule = RULES[row.kind]
    if not has_files and (rule.file_needed or not row.link):
        yield FILES, "请上传文件。" if rule.file_needed else "请填写网址或上传文件。"
    yield from missing(rule, {name: getattr(row, name) for name in FIELDS})
    yield from _unlikely(rule, row, on)


def missing(rule: KindRule, values: Values) -> Iterator[tuple[str, str]]:
    """Fields the kind needs that are empty."""
    for name in rule.needs:
        if values.get(name) in (None, ""):
            yield name, f"请填写{rule.called(name)}。"


def _unlikely(rule: KindRule, row: Evidence, on: date) -> Iterator[tuple[str, str]]:
    if row.dated_on and not EARLIEST <= row.dated_on <= on:
        yield "dated_on", f"{rule.called('dated_on')}应在 2000 年以后、今天以前。"
    if row.amount_fen is not None and row.amount_fen <= 0:
        yield "amount_fen", f"{rule.called('amount_fen')}应大于 0。"
    if row.people is not None and row.people < 1:
        yield "people", f"{rule.called('people')}至少为 1。"


def warnings(row: Evidence) -> list[str]:
    """What the checker should look at, though it may stand."""
    found = []
    rule = RULES[row.kind]
    if row.dated_on and row.dated_on.year != row.plan.year and not rule.many_years:
        found.append(
            f"{rule.called('dated_on')} {row.dated_on} 不在计划年度 {row.plan.year} 年内，请核对。"
        )
    return found
