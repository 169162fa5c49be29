"""One Chinese sentence for every outcome and every preferred post not got, from the certificate.

Whole columns at a time, so ten million rows cost seconds; one student is a slice of length one.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ._jit import I32, I64
from .eligibility import Bar
from .naming import decimals
from .problem import Problem, Scope
from .reasons import FULL, FULL_TIE, QUOTA_WORDS, Reason, bar_sentence
from .result import BARRED_BASE, CLOSED, Result

TEXT_COLUMNS = ("student", "post", "reason", "text")


@dataclass(frozen=True)
class Explanation:
    """Why: the post (-1 where the row is about having none), a stable code, a sentence."""

    post: int
    reason: str
    text: str


def explain(problem: Problem, result: Result, student: int) -> list[Explanation]:
    """Every preferred post not got, best first, then the outcome itself."""
    table = explanation_frame(problem, result, student, student + 1)
    return [Explanation(post, reason, text) for _, post, reason, text in table.iter_rows()]


def explanation_frame(problem: Problem, result: Result, begin: int, end: int) -> pl.DataFrame:
    """Sentences for students [begin, end): columns student, post (-1: none), reason, text.

    Rows by student; within a student the preferred posts not got by rank, then the outcome.
    """
    refused = _refused(problem, result, begin, end)
    outcomes = _outcomes(problem, result, begin, end)
    table = pl.concat([refused, outcomes])
    return table.sort("student", "order").select(TEXT_COLUMNS)


def _refused(problem: Problem, result: Result, begin: int, end: int) -> pl.DataFrame:
    c, ptr = result.certificate, result.certificate.cause_ptr
    count = np.diff(ptr[begin : end + 1])
    student = np.repeat(np.arange(begin, end, dtype=np.int32), count)
    order = np.arange(len(student)) + ptr[begin] - ptr[student]
    edge = problem.pref_ptr[student] + order
    post, cause = problem.pref_post[edge], c.cause[ptr[begin] : ptr[end]]
    frame = pl.DataFrame(
        {"student": student, "order": order.astype(np.int32), "post": post, "cause": cause}
    )
    sentences = _full_sentences(problem, result, cause, problem.score[edge].astype(np.int64))
    others = _other_sentences(problem, result, post, cause)
    head = pl.lit("没有录取到 ") + _post_names(problem, post) + "："
    return frame.select(
        "student",
        "order",
        "post",
        pl.coalesce(sentences["reason"], others["reason"]).alias("reason"),
        (head + pl.coalesce(sentences["text"], others["text"])).alias("text"),
    )


def _full_sentences(problem: Problem, result: Result, cause: I32, score: I64) -> pl.DataFrame:
    """Reason and what follows the colon where a full quota stands in the way, else null."""
    c, node = result.certificate, np.maximum(cause, 0)
    if not problem.nodes:
        return pl.DataFrame({"reason": [""] * 0, "text": [""] * 0})
    scope, last = problem.node_scope[node], c.last_score[node]
    empty, tie = c.last_student[node] < 0, c.last_score[node] == score
    tie &= ~empty
    cap = pl.Series(problem.node_capacity[node]).cast(pl.String)
    quota = _pick(scope, {int(s): word for s, word in QUOTA_WORDS.items()})
    scale = problem.score_scale
    frame = pl.DataFrame(
        {
            "full": cause >= 0, "empty": empty, "tie": tie, "quota": quota, "cap": cap,
            "last": points_column(last, scale), "mine": points_column(score, scale),
            "plain_reason": _pick(scope, {int(s): r.value for s, r in FULL.items()}),
            "tie_reason": _pick(scope, {int(s): r.value for s, r in FULL_TIE.items()}),
        }
    )  # fmt: skip
    text = (
        pl.when("empty").then(pl.format("{}为 {} 人。", "quota", "cap"))
        .when("tie").then(pl.format("{} {} 人已满，末位与你同为 {} 分，按抽签顺序你排在其后。", "quota", "cap", "mine"))
        .otherwise(pl.format("{} {} 人已满，末位 {} 分，你 {} 分。", "quota", "cap", "last", "mine"))
    )  # fmt: skip
    reason = pl.when("tie").then("tie_reason").otherwise("plain_reason")
    return frame.select(
        pl.when("full").then(reason).alias("reason"), pl.when("full").then(text).alias("text")
    )


def _other_sentences(problem: Problem, result: Result, post: I32, cause: I32) -> pl.DataFrame:
    """Reason and what follows the colon for closed posts and ineligible pairs, else null."""
    closings = {x.post: x for x in result.certificate.closings}
    reason: dict[int, str] = {BARRED_BASE - bar: bar.code for bar in Bar}
    text: dict[int, str] = {BARRED_BASE - bar: bar_sentence(bar) for bar in Bar}
    reason[CLOSED] = Reason.POST_CLOSED.value
    table = pl.DataFrame({"post": post, "cause": cause})
    closed = {
        number: f"申请人数不足开班下限 {x.minimum} 人（只有 {x.admitted} 人），该岗位没有开班。"
        for number, x in closings.items()
    }
    return table.select(
        pl.col("cause").replace_strict(reason, default=None, return_dtype=pl.String).alias("reason"),
        pl.when(pl.col("cause") == CLOSED)
        .then(_looked_up("post", closed))
        .otherwise(_looked_up("cause", text))
        .alias("text"),
    )  # fmt: skip


def _looked_up(column: str, texts: dict[int, str]) -> pl.Expr:
    if not texts:
        return pl.lit(None, pl.String)
    return pl.col(column).replace_strict(texts, default=None, return_dtype=pl.String)


def _outcomes(problem: Problem, result: Result, begin: int, end: int) -> pl.DataFrame:
    match, rank = result.match[begin:end], result.rank[begin:end]
    length = np.diff(problem.pref_ptr[begin : end + 1])
    edge = problem.pref_ptr[begin:end] + np.maximum(rank, 1) - 1
    held = match >= 0
    score = np.zeros(len(match), np.int64)
    score[held] = problem.score[edge[held]]
    frame = pl.DataFrame(
        {
            "student": np.arange(begin, end, dtype=np.int32),
            "order": np.full(len(match), 2**31 - 1, np.int32),
            "post": match, "rank": rank, "length": length, "held": held,
            "name": _post_names(problem, np.maximum(match, 0)),
            "mine": points_column(score, problem.score_scale),
        }
    )  # fmt: skip
    some = pl.col("length") > 0
    return frame.select(
        "student", "order", "post",
        pl.when("held").then(pl.lit(Reason.ADMITTED.value))
        .when(some).then(pl.lit(Reason.NO_CHOICE_LEFT.value))
        .otherwise(pl.lit(Reason.NO_CHOICES.value)).alias("reason"),
        pl.when("held").then(pl.format("录取到 {}：第 {} 志愿，你 {} 分。", "name", "rank", "mine"))
        .when(some).then(pl.format("没有录取：所填 {} 个志愿都没有录取到，已无其他志愿。", "length"))
        .otherwise(pl.lit("没有录取：没有填报志愿。")).alias("text"),
    )  # fmt: skip


def _post_names(problem: Problem, post: I32) -> pl.Series:
    if problem.labels is None:
        return "#" + pl.Series(post).cast(pl.String)
    if not problem.posts:
        return pl.Series([""] * len(post), dtype=pl.String)
    return problem.labels.post_names.gather(post)


def _pick(codes: NDArray[np.uint8], texts: dict[int, str]) -> pl.Series:
    words = pl.Series([texts[int(scope)] for scope in Scope], dtype=pl.String)
    return words.gather(codes)


def points_column(score: I64, scale: int) -> pl.Series:
    """Scores in points as text, exact, with at least one decimal: `83.5`."""
    places = decimals(scale)
    units = np.abs(score) * (10**places // scale)
    frame = pl.DataFrame(
        {
            "sign": score < 0,
            "whole": units // 10**places,
            "part": pl.Series(units % 10**places).cast(pl.String).str.zfill(places),
        }
    )
    text = pl.format(
        "{}{}.{}", pl.when("sign").then(pl.lit("-")).otherwise(pl.lit("")), "whole", "part"
    )
    return frame.select(text.alias("points"))["points"]
