"""One fingerprint per problem: equal rounds, however listed, give the same 64 hex digits."""

import hashlib
from collections.abc import Iterator

import numpy as np
import polars as pl

from ._jit import raw_bytes
from .problem import Problem

MICRO = 1_000_000
DIGEST_FORMAT = b"chanjiao-problem-v1\n"


def problem_digest(problem: Problem) -> str:
    """SHA-256 over every array as little-endian int64 or uint8, then every text.

    Each part is preceded by its name and length. Scores count in millionths of a point, so the
    scale they were stored in does not matter. Names shown to readers are left out, ids are in.
    """
    state = hashlib.sha256(DIGEST_FORMAT)
    for name, payload in _parts(problem):
        state.update(f"{name}:{len(payload)}\n".encode())
        state.update(payload)
    return state.hexdigest()


def _parts(p: Problem) -> Iterator[tuple[str, memoryview]]:
    factor, rest = divmod(MICRO, p.score_scale)
    if rest:
        factor = 1
        yield "scale", memoryview(str(p.score_scale).encode())
    for name, values in (
        ("pref_ptr", p.pref_ptr),
        ("pref_post", p.pref_post),
        ("score", p.score.astype(np.int64) * factor),
        ("student_school", p.student_school),
        ("post_minimum", p.post_minimum),
        ("node_parent", p.node_parent),
        ("node_capacity", p.node_capacity),
        ("share_post", p.share_post),
        ("share_school", p.share_school),
        ("share_node", p.share_node),
    ):
        yield name, raw_bytes(values, "<i8")
    yield "barred", raw_bytes(p.barred, "|u1")
    yield "node_scope", raw_bytes(p.node_scope, "|u1")
    if p.labels is not None:
        for name, texts in (
            ("student_ids", p.labels.student_ids),
            ("post_ids", p.labels.post_ids),
            ("school_ids", p.labels.school_ids),
            ("node_unit", p.labels.node_unit),
            ("node_kind", p.labels.node_kind),
        ):
            yield from _text_parts(name, texts)


def _text_parts(name: str, texts: pl.Series) -> Iterator[tuple[str, memoryview]]:
    lengths = texts.str.len_bytes().to_numpy()
    yield f"{name}.bytes", raw_bytes(lengths, "<i8")
    yield name, memoryview("".join(texts.to_list()).encode())
