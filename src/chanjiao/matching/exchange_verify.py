"""Reads a match's files back and finds the first thing in them that is not so."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from chanjiao_engine.matching import (
    Certificate,
    Closing,
    Params,
    ParamsError,
    Problem,
    Result,
    Statistics,
    Violation,
    solve,
    verify,
)

from .exchange import Faults, RoundFiles, UnusableInputError, read_table
from .exchange_out import (
    CERTIFICATE,
    EXPLANATIONS,
    MATCHES,
    certificate_fields,
    csv_bytes,
    explanation_chunks,
    match_frame,
)

Fields = dict[str, Any]


def first_violation(files: RoundFiles, folder: Path) -> str | None:
    """The first violation in Chinese, or None. Raises `UnusableInputError` for unreadable files.

    First the engine's independent check on what the files say, then everything is solved and
    written again from the recorded seed and compared, so that no single value can be altered.
    """
    fields, tables = _read(folder)
    try:
        result = result_of(files.problem, fields, tables[MATCHES])
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as fault:
        if isinstance(fault, AlteredError):
            return str(fault)
        return f"{CERTIFICATE} 的内容无法解读（{type(fault).__name__}：{str(fault)[:80]}）"
    found: Violation | None = verify(files.problem, result)
    if found is not None:
        return found.message
    return next(_differences(files, fields, tables, folder), None)


class AlteredError(ValueError):
    """The files name something that does not exist in this round; the message says what."""


def _read(folder: Path) -> tuple[Fields, dict[str, pl.DataFrame]]:
    faults, tables = Faults(), {}
    for name, columns in (
        (MATCHES, ("student_id", "post_id")),
        (EXPLANATIONS, ("student_id", "post_id", "reason", "text")),
    ):
        path = folder / name
        if not path.is_file():
            faults.add(name, 0, "", "", f"找不到文件，应在 {folder} 下")
        elif table := read_table(name, path, faults, columns):
            tables[name] = table.raw
    fields = _read_certificate(folder / CERTIFICATE, faults)
    if faults.total:
        raise UnusableInputError(faults)
    return fields, tables


def _read_certificate(path: Path, faults: Faults) -> Fields:
    if not path.is_file():
        faults.add(path.name, 0, "", "", f"找不到文件，应在 {path.parent} 下")
        return {}
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        row = getattr(fault, "lineno", 0)
        faults.add(path.name, row, "", "", "不是有效的 JSON，请重新取得这个文件")
        return {}
    if not isinstance(fields, dict):
        faults.add(path.name, 1, "", "", "不是本程序的证书")
        return {}
    return fields


def result_of(problem: Problem, fields: Fields, matches: pl.DataFrame) -> Result:
    """The engine's result as the files state it. Raises `AlteredError` or a conversion's error."""
    match = _match_of(problem, matches)
    rank = _ranks(problem, match)
    nodes, st = pl.DataFrame(fields["nodes"], infer_schema_length=None), fields["statistics"]
    cause = np.array(fields["rejections"]["node"], np.int32)
    length = np.diff(problem.pref_ptr)
    count = np.where(rank > 0, rank - 1, length)
    certificate = Certificate(
        digest=fields["problem"],
        seed=_whole(fields["seed"]),
        filled=nodes["filled"].to_numpy().astype(np.int64),
        last_student=_positions(problem, nodes["last_student"]),
        last_score=_scores(nodes["last_score"], problem.score_scale),
        last_lottery=nodes["last_lottery"].cast(pl.Int32).fill_null(-1).to_numpy(),
        cause_ptr=np.concatenate(([0], np.cumsum(count))).astype(np.int64),
        cause=cause,
        closings=tuple(_closing(problem, x) for x in fields["closings"]),
        params=_params(fields["params"]),
        engine=fields["engine"],
        format=fields["format"],
        lottery_rule=fields["lottery"],
        seal=fields["seal"],
    )
    statistics = Statistics(
        st["students"], st["choices"], st["eligible"], st["matched"], st["rank_sum"],
        tuple(st["rank_counts"]),
    )  # fmt: skip
    return Result(match, rank, certificate, statistics)


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise AlteredError(f"{CERTIFICATE} 的 seed 不是自然数：{value!r}")
    return value


def _params(value: Fields) -> Params:
    try:
        return Params(**value)
    except ParamsError as fault:
        raise AlteredError(f"{CERTIFICATE} 的 params 不认识：{fault}") from fault


def _match_of(problem: Problem, table: pl.DataFrame) -> np.ndarray[Any, np.dtype[np.int32]]:
    assert problem.labels is not None
    ids = problem.labels.student_ids
    same = len(table) == len(ids) and bool((table["student_id"].fill_null("") == ids).all())
    if not same:
        missing = set(ids.to_list()).symmetric_difference(
            table["student_id"].fill_null("").to_list()
        )
        some = sorted(missing)[:1]
        raise AlteredError(
            f"{MATCHES} 的学生与名单不一致" + (f":{some[0]}" if some else "（次序或重复）")
        )
    post = table["post_id"].fill_null("")
    found = _index(problem.labels.post_ids, post)
    unknown = found.is_null() & (post != "")
    if unknown.any():
        row = int(unknown.arg_max() or 0)
        raise AlteredError(f"{MATCHES} 第 {row + 2} 行 post_id 列：没有岗位“{post[row]}”")
    return found.cast(pl.Int32).fill_null(-1).to_numpy()


def _index(ids: pl.Series, column: pl.Series) -> pl.Series:
    from chanjiao_engine.matching.rows import index_in

    return index_in(ids, column)


def _ranks(
    problem: Problem, match: np.ndarray[Any, np.dtype[np.int32]]
) -> np.ndarray[Any, np.dtype[np.int32]]:
    """The place of everyone's post in the own list; 0 for none, which the checker then refuses."""
    student = np.repeat(np.arange(problem.students), np.diff(problem.pref_ptr))
    at = np.flatnonzero(problem.pref_post == match[student])
    rank = np.zeros(problem.students, np.int32)
    rank[student[at]] = at - problem.pref_ptr[student[at]] + 1
    return rank


def _positions(problem: Problem, names: pl.Series) -> np.ndarray[Any, np.dtype[np.int32]]:
    assert problem.labels is not None
    text = names.cast(pl.String)
    found = _index(problem.labels.student_ids, text)
    if (found.is_null() & text.is_not_null()).any():
        raise AlteredError(f"{CERTIFICATE} 的 last_student 有不在名单中的学生")
    return found.cast(pl.Int32).fill_null(-1).to_numpy()


def _scores(values: pl.Series, scale: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    micro = values.cast(pl.String).cast(pl.Decimal(38, 6)).to_physical().cast(pl.Int64)
    return micro.fill_null(0).to_numpy() // (1_000_000 // scale)


def _closing(problem: Problem, value: Fields) -> Closing:
    assert problem.labels is not None
    ids = problem.labels.post_ids
    at = ids.index_of(value["post_id"])
    if at is None:
        raise AlteredError(f"{CERTIFICATE} 的 closings 中没有岗位“{value['post_id']}”")
    return Closing(int(at), int(value["admitted"]), int(value["minimum"]))


def _differences(
    files: RoundFiles, fields: Fields, tables: dict[str, pl.DataFrame], folder: Path
) -> Iterator[str]:
    """Solve again from the recorded seed and compare every value and every row."""
    seed, params = fields["seed"], _params(fields["params"])
    again = solve(files.problem, params=params, seed=seed)
    matches = match_frame(files, again)
    yield from _table_difference(MATCHES, tables[MATCHES], matches, 0)
    hashes = {MATCHES: hashlib.sha256(csv_bytes(matches, header=True)).hexdigest()}
    state, row, said = hashlib.sha256(), 0, tables[EXPLANATIONS]
    for chunk in explanation_chunks(files, again):
        yield from _table_difference(EXPLANATIONS, said.slice(row, len(chunk)), chunk, row)
        state.update(csv_bytes(chunk, header=row == 0))
        row += len(chunk)
    if len(said) != row:
        yield f"{EXPLANATIONS} 应有 {row} 行，现有 {len(said)} 行"
    hashes[EXPLANATIONS] = state.hexdigest()
    yield from _field_difference(certificate_fields(files, again, hashes), fields)
    for name, expected in hashes.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
            yield f"{name} 的字节与证书记录的不同"


def _table_difference(
    name: str, said: pl.DataFrame, expected: pl.DataFrame, offset: int
) -> Iterator[str]:
    if said.columns != expected.columns:
        yield f"{name} 的列应为 {'、'.join(expected.columns)}"
        return
    if len(said) != len(expected):
        yield f"{name} 的行数不对"
        return
    for column in expected.columns:
        left = said[column].cast(pl.String).fill_null("")
        right = expected[column].cast(pl.String).fill_null("")
        wrong = left != right
        if wrong.any():
            at = int(wrong.arg_max() or 0)
            yield f"{name} 第 {offset + at + 2} 行 {column} 列写为“{left[at]}”，重算为“{right[at]}”"


def _field_difference(expected: Fields, said: Fields) -> Iterator[str]:
    expected["nodes"] = expected["nodes"].to_dicts()
    for name in expected.keys() | said.keys():
        if expected.get(name) != said.get(name) or type(expected.get(name)) is not type(
            said.get(name)
        ):
            yield f"{CERTIFICATE} 的 {name} 与重算结果不同"
