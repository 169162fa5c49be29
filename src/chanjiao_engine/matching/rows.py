"""A problem from tables of rows with ids, in any row order: what the site and the files share."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from ._jit import I32, I64, U8
from .assemble import edges_by_post, find_edges, listed, look_up, place_scores
from .eligibility import Bar
from .problem import Labels, Problem, ProblemError, Scope

HASHED = 50_000  # columns from here on are looked up by hash
BAR_NUMBERS: dict[str, int] = {bar.code: int(bar) for bar in Bar}
QUOTA_COLUMNS = ("scope", "unit_id", "kind", "post_id", "school_id", "capacity")


@dataclass(frozen=True, eq=False)
class Rows:
    """A round as tables; ids are text, numbers Int64, row order does not matter.

    `students` student_id, school_id [school_name] · `posts` post_id, unit_id, kind, capacity,
    minimum [name, unit_name] · `preferences` student_id, post_id, rank · `priorities` post_id,
    student_id, score (in 1/`score_scale` points) · `quotas` scope, unit_id, kind, post_id,
    school_id, capacity · `ineligible` student_id, post_id, code (a `Bar.code`; outweighs a score).
    Id columns of the three long tables may instead be named `student`, `post` and hold indices
    into the sorted ids (UInt32).
    """

    students: pl.DataFrame
    posts: pl.DataFrame
    preferences: pl.DataFrame
    priorities: pl.DataFrame
    quotas: pl.DataFrame | None = None
    ineligible: pl.DataFrame | None = None
    score_scale: int = 1


def build_problem(rows: Rows) -> Problem:
    """The round as a `Problem` with labels. Raises `ProblemError` naming the table at fault.

    A listed pair without a priority row is ineligible (`Bar.NOT_SCORED`).
    """
    students = rows.students.sort("student_id")
    posts = rows.posts.sort("post_id")
    ptr, post = _lists(rows, students, posts)
    score, barred = _scores(rows, students, posts, ptr, post)
    schools = students["school_id"].unique().sort()
    forest = _forest(posts, rows.quotas, schools)
    return Problem(
        pref_ptr=ptr,
        pref_post=post,
        score=_narrowed(score),
        barred=barred,
        student_school=_numbers(index_in(schools, students["school_id"]), "students.school_id"),
        post_minimum=posts["minimum"].to_numpy().astype(np.int32),
        node_parent=forest["parent"].to_numpy().astype(np.int32),
        node_capacity=forest["capacity"].to_numpy().astype(np.int64),
        node_scope=forest["number"].to_numpy().astype(np.uint8),
        **_shares(forest),
        score_scale=rows.score_scale,
        labels=_labels(students, posts, schools, forest),
    )


def index_in(ids: pl.Series, column: pl.Series) -> pl.Series:
    """Positions of a column's texts in `ids`, UInt32, null where unknown.

    Long columns go by hash and are compared with what was found; a collision of two ids (never
    seen) falls back to a join.
    """
    if len(column) < HASHED or not len(ids):
        return _joined(ids, column)
    found = pl.Series(look_up(ids.hash(0).to_numpy(), column.hash(0).to_numpy()))
    found = found.set(found < 0, None).cast(pl.UInt32)
    same = ids.gather(found).eq_missing(column)
    if column.null_count() or not bool((same | found.is_null()).all()):
        return _joined(ids, column)
    return found


def _joined(ids: pl.Series, column: pl.Series) -> pl.Series:
    known = ids.rename("id").to_frame().with_row_index("index")
    found = column.rename("id").to_frame().join(known, on="id", how="left", maintain_order="left")
    return found["index"]


def _numbers(index: pl.Series, where: str) -> I32:
    if index.null_count():
        row = int(index.is_null().arg_max() or 0)
        raise ProblemError(where, f"row {row} names an unknown id")
    return index.to_numpy().astype(np.int32)


def _column(table: pl.DataFrame, name: str, ids: pl.Series, where: str) -> I32:
    if name in table.columns:
        return _numbers(table[name], where)
    return _numbers(index_in(ids, table[f"{name}_id"]), f"{where}.{name}_id")


def _lists(rows: Rows, students: pl.DataFrame, posts: pl.DataFrame) -> tuple[I64, I32]:
    table = rows.preferences
    who = _column(table, "student", students["student_id"], "preferences")
    what = _column(table, "post", posts["post_id"], "preferences")
    rank = table["rank"].to_numpy().astype(np.int64)
    ptr, post, twice = listed(who, what, rank, len(students))
    if twice >= 0:
        raise ProblemError("preferences", f"row {twice} gives a rank its student gave before")
    return ptr, post


def _scores(
    rows: Rows, students: pl.DataFrame, posts: pl.DataFrame, ptr: I64, post: I32
) -> tuple[I64, U8]:
    order = edges_by_post(ptr, post)
    score, barred = np.zeros(len(post), np.int64), np.zeros(len(post), np.uint8)
    scored = np.zeros(len(post), np.bool_)
    for name, table in (("priorities", rows.priorities), ("ineligible", rows.ineligible)):
        if table is None:
            continue
        who = _column(table, "student", students["student_id"], name)
        what = _column(table, "post", posts["post_id"], name)
        edge = find_edges(ptr, post, order, who, what)
        if name == "priorities":
            twice = place_scores(edge, table["score"].to_numpy().astype(np.int64), score, scored)
            if twice >= 0:
                raise ProblemError(name, f"row {twice} scores a pair scored before")
            barred[~scored] = Bar.NOT_SCORED
        else:
            numbers = table["code"].replace_strict(BAR_NUMBERS, return_dtype=pl.UInt8)
            barred[edge[edge >= 0]] = numbers.to_numpy()[edge >= 0]
    return score, barred


def _narrowed(score: I64) -> "I32 | I64":
    limit = 2**31 - 1
    if len(score) and (int(score.max()) > limit or int(score.min()) < -limit):
        return score
    return score.astype(np.int32)


def _forest(posts: pl.DataFrame, quotas: pl.DataFrame | None, schools: pl.Series) -> pl.DataFrame:
    """All nodes: posts, then shares, kinds, units, each in order of their ids.

    Columns number (of the scope), unit_id, kind, post, school (indices or -1), capacity, parent.
    """
    own = posts.with_row_index("post").select(
        pl.lit(int(Scope.POST)).alias("number"), "unit_id", "kind",
        pl.col("post").cast(pl.Int64), pl.lit(-1, pl.Int64).alias("school"),
        pl.col("capacity").cast(pl.Int64),
    )  # fmt: skip
    if quotas is None or not len(quotas):
        return own.with_columns(pl.lit(-1, pl.Int64).alias("parent"))
    parts = [own, _share_nodes(posts, quotas, schools), *_upper_nodes(quotas)]
    nodes = pl.concat(parts).with_row_index("node")
    unit = nodes.filter(pl.col("number") == int(Scope.UNIT)).select("unit_id", over_unit="node")
    kind = nodes.filter(pl.col("number") == int(Scope.KIND))
    kind = kind.select("unit_id", "kind", over_kind="node")
    nodes = nodes.join(unit, on="unit_id", how="left", maintain_order="left").join(
        kind, on=["unit_id", "kind"], how="left", maintain_order="left"
    )
    parent = (
        pl.when(pl.col("number") == int(Scope.UNIT)).then(None)
        .when(pl.col("number") == int(Scope.KIND)).then("over_unit")
        .when(pl.col("number") == int(Scope.POST)).then(pl.coalesce("over_kind", "over_unit"))
        .otherwise("post").cast(pl.Int64).fill_null(-1)
    )  # fmt: skip
    return nodes.with_columns(parent.alias("parent"))


def _share_nodes(posts: pl.DataFrame, quotas: pl.DataFrame, schools: pl.Series) -> pl.DataFrame:
    shares = quotas.filter(pl.col("scope") == "school_at_post")
    post = _numbers(index_in(posts["post_id"], shares["post_id"]), "quotas.post_id")
    school = _numbers(index_in(schools, shares["school_id"]), "quotas.school_id")
    table = pl.DataFrame(
        {
            "number": np.full(len(shares), int(Scope.SCHOOL_AT_POST), np.int32),
            "unit_id": posts["unit_id"].gather(post),
            "kind": posts["kind"].gather(post),
            "post": post.astype(np.int64),
            "school": school.astype(np.int64),
            "capacity": shares["capacity"].cast(pl.Int64),
        }
    )
    return table.sort("post", "school")


def _upper_nodes(quotas: pl.DataFrame) -> list[pl.DataFrame]:
    found = []
    for scope, keys in ((Scope.KIND, ["unit_id", "kind"]), (Scope.UNIT, ["unit_id"])):
        table = quotas.filter(pl.col("scope") == scope.word).sort(keys)
        if table.select(keys).is_duplicated().any():
            raise ProblemError("quotas", f"two rows for one {scope.word}")
        found.append(
            table.select(
                pl.lit(int(scope)).alias("number"), "unit_id",
                pl.col("kind") if scope is Scope.KIND else pl.lit("").alias("kind"),
                pl.lit(-1, pl.Int64).alias("post"), pl.lit(-1, pl.Int64).alias("school"),
                pl.col("capacity").cast(pl.Int64),
            )
        )  # fmt: skip
    return found


def _shares(forest: pl.DataFrame) -> dict[str, I32]:
    at = np.flatnonzero(forest["number"].to_numpy() == int(Scope.SCHOOL_AT_POST))
    return {
        "share_post": forest["post"].to_numpy()[at].astype(np.int32),
        "share_school": forest["school"].to_numpy()[at].astype(np.int32),
        "share_node": at.astype(np.int32),
    }


def _labels(
    students: pl.DataFrame, posts: pl.DataFrame, schools: pl.Series, forest: pl.DataFrame
) -> Labels:
    names = _names(posts, "post_id", ("name", "post_name"))
    school_names = schools
    if "school_name" in students.columns:
        first = students.group_by("school_id").agg(pl.col("school_name").min()).sort("school_id")
        school_names = _names(first, "school_id", ("school_name",))
    unit_name = forest["unit_id"]
    if "unit_name" in posts.columns:
        first = posts.group_by("unit_id").agg(pl.col("unit_name").min())
        joined = forest.select("unit_id").join(
            first, on="unit_id", how="left", maintain_order="left"
        )
        unit_name = _names(joined, "unit_id", ("unit_name",))
    return Labels(
        student_ids=students["student_id"],
        post_ids=posts["post_id"],
        post_names=names,
        school_ids=schools,
        school_names=school_names,
        node_unit=forest["unit_id"],
        node_unit_name=unit_name,
        node_kind=forest["kind"],
    )


def _names(table: pl.DataFrame, key: str, columns: tuple[str, ...]) -> pl.Series:
    """The first of `columns` that exists, with the id wherever it is empty."""
    for column in columns:
        if column in table.columns:
            filled = pl.when(pl.col(column).fill_null("") != "").then(column).otherwise(key)
            return table.select(filled.alias("name"))["name"]
    return table[key]
