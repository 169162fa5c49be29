"""A match as files: matches.csv, explanations.csv and certificate.json, written all or nothing."""

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from chanjiao_engine.matching import Bar, Problem, Result, Scope, explanation_frame
from chanjiao_engine.matching.explain import points_column
from chanjiao_engine.matching.result import BARRED_BASE, CLOSED

from .exchange import RoundFiles

MATCHES, EXPLANATIONS, CERTIFICATE = "matches.csv", "explanations.csv", "certificate.json"
CHUNK = 100_000  # students whose sentences are in memory at a time
ORDER_TEXT = "students by id; per student the choices by rank that are preferred to the outcome"
LEGEND = {
    str(CLOSED): "post_closed",
    **{str(BARRED_BASE - bar): bar.code for bar in Bar},
}


@dataclass(frozen=True)
class Written:
    """SHA-256 of the two tables of a result, by file name."""

    hashes: dict[str, str]


def write_result(files: RoundFiles, result: Result, out: Path) -> None:
    """Write the three files. A run killed on the way leaves `out` as it was before."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.partial-", dir=out.parent))
    try:
        partial.chmod(0o755)
        hashes = {
            MATCHES: _stream(partial / MATCHES, [match_frame(files, result)]),
            EXPLANATIONS: _stream(partial / EXPLANATIONS, explanation_chunks(files, result)),
        }
        text = certificate_text(certificate_fields(files, result, hashes))
        (partial / CERTIFICATE).write_text(text, encoding="utf-8")
        _put_in_place(partial, out)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _put_in_place(partial: Path, out: Path) -> None:
    """Rename the folder where nothing stands yet; else file by file, the certificate last."""
    if out.is_dir() and not any(out.iterdir()):
        out.rmdir()
    if not out.exists():
        os.rename(partial, out)
        return
    (out / CERTIFICATE).unlink(missing_ok=True)
    for name in (MATCHES, EXPLANATIONS, CERTIFICATE):
        os.replace(partial / name, out / name)


def _stream(path: Path, frames: "Iterator[pl.DataFrame] | list[pl.DataFrame]") -> str:
    """Write frames one after another as one CSV; returns its SHA-256."""
    state, header = hashlib.sha256(), True
    with path.open("wb") as stream:
        for frame in frames:
            chunk = csv_bytes(frame, header=header)
            state.update(chunk)
            stream.write(chunk)
            header = False
    return state.hexdigest()


def csv_bytes(frame: pl.DataFrame, *, header: bool) -> memoryview:
    """A frame as CSV: UTF-8, no byte order mark, line feeds, quotes only where needed."""
    buffer = io.BytesIO()
    frame.write_csv(buffer, include_header=header)
    return buffer.getbuffer()


def match_frame(files: RoundFiles, result: Result) -> pl.DataFrame:
    """student_id, post_id (empty if unmatched), then the extra columns of students.csv; by id."""
    post = pl.Series("post", result.match)
    ids = _ids(files.problem)
    found = ids.gather(post.set(post < 0, None)).rename("post_id")
    return files.students.select("student_id", found, *files.extra_columns)


def _ids(problem: Problem) -> pl.Series:
    assert problem.labels is not None
    return problem.labels.post_ids


def explanation_chunks(files: RoundFiles, result: Result) -> Iterator[pl.DataFrame]:
    """student_id, post_id (empty if unmatched), reason, text; by student id, then rank."""
    problem = files.problem
    assert problem.labels is not None
    for begin in range(0, max(problem.students, 1), CHUNK):
        table = explanation_frame(problem, result, begin, min(begin + CHUNK, problem.students))
        post = table["post"]
        yield table.select(
            problem.labels.student_ids.gather(table["student"]).alias("student_id"),
            _ids(problem).gather(post.set(post < 0, None)).alias("post_id"),
            "reason",
            "text",
        )


def certificate_fields(
    files: RoundFiles, result: Result, outputs: dict[str, str]
) -> dict[str, Any]:
    """The certificate as plain values, in the order it is written."""
    c, st = result.certificate, result.statistics
    ids = _ids(files.problem)
    return {
        "format": c.format,
        "engine": c.engine,
        "problem": c.digest,
        "inputs": files.hashes,
        "seed": c.seed,
        "lottery": c.lottery_rule,
        "params": {"closing_rule": c.params.closing_rule},
        "statistics": {
            "students": st.students,
            "choices": st.choices,
            "eligible": st.eligible,
            "matched": st.matched,
            "first_choice": st.first_choice,
            "rank_sum": st.rank_sum,
            "rank_counts": list(st.rank_counts),
        },
        "closings": [
            {"post_id": ids[x.post], "admitted": x.admitted, "minimum": x.minimum}
            for x in c.closings
        ],
        "nodes": node_frame(files.problem, result),
        "rejections": {"order": ORDER_TEXT, "legend": LEGEND, "node": c.cause.tolist()},
        "outputs": outputs,
        "seal": c.seal,
    }


def node_frame(problem: Problem, result: Result) -> pl.DataFrame:
    """One row per quota node: what it is, its capacity, how many it holds, who came last."""
    assert problem.labels is not None
    labels, c = problem.labels, result.certificate
    share = pl.DataFrame(
        {"node": problem.share_node, "p": problem.share_post, "s": problem.share_school},
        schema={"node": pl.Int32, "p": pl.Int32, "s": pl.Int32},
    )
    nodes = pl.DataFrame({"node": pl.arange(problem.nodes, eager=True, dtype=pl.Int32)})
    nodes = nodes.join(share, on="node", how="left", maintain_order="left")
    post = pl.coalesce("p", pl.when(pl.col("node") < problem.posts).then("node"))
    at = nodes.select(post=post, school="s")
    nobody = pl.Series(c.last_student < 0)
    last = pl.Series(c.last_student).set(nobody, None)
    scope = pl.Series([s.word for s in Scope]).gather(problem.node_scope)
    return pl.DataFrame(
        {
            "node": nodes["node"],
            "scope": scope,
            "unit_id": labels.node_unit,
            "kind": labels.node_kind,
            "post_id": labels.post_ids.gather(at["post"]).fill_null(""),
            "school_id": labels.school_ids.gather(at["school"]).fill_null(""),
            "capacity": problem.node_capacity,
            "filled": c.filled,
            "last_score": points_column(c.last_score, problem.score_scale).set(nobody, None),
            "last_lottery": pl.Series(c.last_lottery).set(nobody, None),
            "last_student": labels.student_ids.gather(last),
        }
    )


def certificate_text(fields: dict[str, Any]) -> str:
    """JSON with one line per field, one per node, so that a person can read and compare it."""
    lines = []
    for name, value in fields.items():
        if isinstance(value, pl.DataFrame):
            rows = value.write_ndjson().strip().replace("\n", ",\n  ")
            lines.append(f'"nodes": [\n  {rows}\n]')
        else:
            lines.append(f"{_json(name)}: {_json(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
