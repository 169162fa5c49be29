"""What a pack holds beside the facts: evidence digests, values by hand, notes, results, manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

from ..definitions import Period
from ..outcomes import Outcome, State, Typed
from ..schema import SCHEMA_VERSION, TABLES
from .canonical import exact
from .refusals import PackDiffers
from .tables import path_of

FORMAT = "chanjiao-pack/1"
DESCRIPTOR, MANIFEST, SIGNATURE = "datapackage.json", "merkle.json", "signature.json"
SET, RESULTS, TYPED = "indicators/set.toml", "indicators/results.json", "indicators/typed.json"
DIGESTS, NOTES = "evidence/digests.json", "notes/changes.json"
FACT_PATHS = tuple(path_of(table) for table in TABLES)
PAYLOAD = tuple(sorted((*FACT_PATHS, SET, RESULTS, TYPED, DIGESTS, NOTES)))
PATHS = tuple(sorted((*PAYLOAD, DESCRIPTOR, MANIFEST, SIGNATURE)))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One evidence file or live record. `size` is None for a record of the platform, whose
    SHA-256 is that of its canonical form; `used_by` are task:2-1-1 and indicator:14."""

    code: str
    title: str
    kind: str
    sha256: str
    size: int | None
    used_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What changed against the year before, and why; the values as people read them."""

    code: str
    before: str
    after: str
    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Which pack this is."""

    consortium: str
    name: str
    period: Period
    created: str
    schema_version: str
    set_code: str
    set_version: str
    set_digest: str
    root: str
    leaves: int


def evidence_rows(evidence: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [
        {"code": e.code, "title": e.title, "kind": e.kind, "sha256": e.sha256, "bytes": e.size,
         "used_by": list(e.used_by)}
        for e in evidence
    ]  # fmt: skip


def evidence_of(rows: Any) -> tuple[Evidence, ...]:
    """From evidence/digests.json; codes rise strictly."""
    found = []
    for row in _rows(rows, DIGESTS, ("bytes", "code", "kind", "sha256", "title", "used_by")):
        where = f"{DIGESTS} 的 {row['code']}"
        _need(where, row, str, "code", "kind", "sha256", "title")
        size = row["bytes"]
        if not (size is None or (type(size) is int and size >= 0)):
            raise PackDiffers(where, "字节数", repr(size)[:40])
        used = _texts(row["used_by"], where)
        found.append(Evidence(row["code"], row["title"], row["kind"], row["sha256"], size, used))
    _rising([e.code for e in found], DIGESTS)
    return tuple(found)


def typed_rows(typed: Sequence[Typed]) -> list[dict[str, Any]]:
    return [
        {"code": t.code, "value": exact(t.value), "reason": t.reason,
         "evidence": list(t.evidence), "entered_by": t.entered_by, "approved_by": t.approved_by,
         "groups": [[label, exact(number)] for label, number in t.groups]}
        for t in typed
    ]  # fmt: skip


def typed_of(rows: Any) -> tuple[Typed, ...]:
    """From indicators/typed.json; codes rise strictly."""
    found = []
    names = ("approved_by", "code", "entered_by", "evidence", "groups", "reason", "value")
    for row in _rows(rows, TYPED, names):
        where = f"{TYPED} 的 {row['code']}"
        _need(where, row, str, "approved_by", "code", "entered_by", "reason", "value")
        groups = tuple(_pair(pair, where) for pair in _list(row["groups"], where))
        found.append(
            Typed(
                row["code"], _number(row["value"], where), row["reason"],
                _texts(row["evidence"], where), row["entered_by"], row["approved_by"], groups,
            )
        )  # fmt: skip
    _rising([t.code for t in found], TYPED)
    return tuple(found)


def note_rows(notes: Sequence[Note]) -> list[dict[str, Any]]:
    return [
        {"code": n.code, "before": n.before, "after": n.after, "reason": n.reason, "by": n.by}
        for n in notes
    ]


def notes_of(rows: Any) -> tuple[Note, ...]:
    found = []
    for row in _rows(rows, NOTES, ("after", "before", "by", "code", "reason")):
        _need(f"{NOTES} 的 {row['code']}", row, str, *row)
        found.append(Note(row["code"], row["before"], row["after"], row["reason"], row["by"]))
    _rising([n.code for n in found], NOTES)
    return tuple(found)


def outcome_row(o: Outcome) -> dict[str, Any]:
    """Everything an outcome says but the value by hand, which stands in its own file."""
    return {
        "code": o.code, "state": o.state.value, "value": _exact(o.value),
        "numerator": _exact(o.numerator), "denominator": _exact(o.denominator),
        "groups": [[label, exact(number)] for label, number in o.groups],
        "reached": o.reached, "struck": o.struck, "band": o.band, "message": o.message,
    }  # fmt: skip


OUTCOME_WORDS = {
    "code": "编号", "state": "状态", "value": "值", "numerator": "分子", "denominator": "分母",
    "groups": "分组", "reached": "达标", "struck": "否决", "band": "等级", "message": "说明",
}  # fmt: skip


def outcomes_of(rows: Any) -> tuple[Outcome, ...]:
    """From indicators/results.json, in the order of the set."""
    found = []
    for row in _rows(rows, RESULTS, tuple(sorted(OUTCOME_WORDS))):
        where = f"{RESULTS} 的指标 {row['code']}"
        _need(where, row, str, "band", "code", "message", "state")
        _need(where, row, bool, "struck")
        if row["state"] not in set(State) or type(row["reached"]) not in (bool, type(None)):
            raise PackDiffers(where, "已知的状态", repr(row["state"])[:40])
        groups = tuple(_pair(pair, where) for pair in _list(row["groups"], where))
        value, upper, lower = (
            None if row[name] is None else _number(row[name], where)
            for name in ("value", "numerator", "denominator")
        )
        found.append(
            Outcome(
                row["code"], State(row["state"]), value, upper, lower, groups, row["reached"],
                row["struck"], row["band"], None, row["message"],
            )
        )  # fmt: skip
    return tuple(found)


def head_row(head: Head) -> dict[str, Any]:
    """The profile fields, in merkle.json and datapackage.json alike."""
    return {
        "format": FORMAT,
        "consortium": {"code": head.consortium, "name": head.name},
        "period": {"since": head.period.since.isoformat(), "until": head.period.until.isoformat()},
        "created": head.created,
        "schema_version": head.schema_version,
        "set": {"code": head.set_code, "version": head.set_version, "sha256": head.set_digest},
        "tree": {"hash": "rfc6962-sha256", "leaves": head.leaves, "root": head.root},
    }


def head_of(value: Any) -> Head:
    """From merkle.json; format and schema version are ours."""
    names = ("consortium", "created", "files", "format", "period", "schema_version", "set", "tree")
    if not isinstance(value, dict) or tuple(sorted(value)) != names:
        raise PackDiffers(f"{MANIFEST} 的字段", "、".join(names), _keys(value))
    for field, known in (("format", FORMAT), ("schema_version", SCHEMA_VERSION)):
        if value[field] != known:
            raise PackDiffers(f"{MANIFEST} 的 {field}", known, repr(value[field])[:60])
    parts = {
        "consortium": ("code", "name"), "period": ("since", "until"),
        "set": ("code", "sha256", "version"), "tree": ("hash", "leaves", "root"),
    }  # fmt: skip
    for name, fields in parts.items():
        if not isinstance(value[name], dict) or tuple(sorted(value[name])) != fields:
            raise PackDiffers(f"{MANIFEST} 的 {name}", "、".join(fields), _keys(value[name]))
        _need(f"{MANIFEST} 的 {name}", value[name], str, *(f for f in fields if f != "leaves"))
    tree, chosen = value["tree"], value["set"]
    _need(f"{MANIFEST} 的 tree", tree, int, "leaves")
    return Head(
        consortium=value["consortium"]["code"], name=value["consortium"]["name"],
        period=_period(value["period"]), created=_moment(value["created"]),
        schema_version=value["schema_version"], set_code=chosen["code"],
        set_version=chosen["version"], set_digest=chosen["sha256"], root=tree["root"],
        leaves=tree["leaves"],
    )  # fmt: skip


def moment_text(at: datetime) -> str:
    """RFC 3339 to the second; the moment is passed in, never read here."""
    if at.tzinfo is None:
        raise ValueError("an aware moment, please")
    return at.isoformat(timespec="seconds")


def _period(value: dict[str, str]) -> Period:
    try:
        since, until = date.fromisoformat(value["since"]), date.fromisoformat(value["until"])
    except ValueError as fault:
        raise PackDiffers(f"{MANIFEST} 的 period", "日期", str(value)[:60]) from fault
    if since >= until or [since.isoformat(), until.isoformat()] != [value["since"], value["until"]]:
        raise PackDiffers(f"{MANIFEST} 的 period", "起日早于止日", str(value)[:60])
    return Period(since, until)


def _moment(text: Any) -> str:
    try:
        if moment_text(datetime.fromisoformat(text)) == text:
            return str(text)
    except (TypeError, ValueError):
        pass
    raise PackDiffers(f"{MANIFEST} 的 created", "RFC 3339 时刻", repr(text)[:60])


def _rows(rows: Any, where: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    for row in _list(rows, where):
        if not isinstance(row, dict) or tuple(sorted(row)) != names:
            raise PackDiffers(f"{where} 的字段", "、".join(names), _keys(row))
    return list(rows)


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise PackDiffers(where, "一个列表", type(value).__name__)
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    for text in _list(value, where):
        if not isinstance(text, str):
            raise PackDiffers(where, "文本", repr(text)[:40])
    return tuple(value)


def _need(where: str, row: dict[str, Any], kind: type, *names: str) -> None:
    for name in names:
        if type(row[name]) is not kind:
            raise PackDiffers(f"{where}（{name}）", kind.__name__, repr(row[name])[:40])


def _number(text: Any, where: str) -> Decimal:
    """A number in its only text form."""
    try:
        if isinstance(text, str) and len(text) <= 200 and exact(Decimal(text)) == text:
            return Decimal(text)
    except (InvalidOperation, ValueError):
        pass
    raise PackDiffers(where, "规范写法的数", repr(text)[:60])


def _pair(pair: Any, where: str) -> tuple[str, Decimal]:
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
        raise PackDiffers(where, "名称与数", repr(pair)[:60])
    return pair[0], _number(pair[1], where)


def _exact(number: Decimal | None) -> str | None:
    return None if number is None else exact(number)


def _rising(codes: list[str], where: str) -> None:
    for before, after in pairwise(codes):
        if before >= after:
            raise PackDiffers(where, f"“{before}”之后更大的编号", after[:60])


def _keys(value: Any) -> str:
    return "、".join(sorted(map(str, value)))[:200] if isinstance(value, dict) else repr(value)[:60]
