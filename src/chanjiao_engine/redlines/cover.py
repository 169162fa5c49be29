"""Insurance over a span: the first day that no policy covers."""

import polars as pl


def cover_columns(placements: pl.DataFrame, insurance: pl.DataFrame) -> pl.DataFrame:
    """Per row of `placements` (placement, starts, until): `insurance.since`, `.gap`, `.charged`.

    `since` is the first policy's, null without one. `gap` is the first day of the span without
    cover, null when there is none. `charged`: true if any policy is, null if one has not said.
    """
    spans = placements.select("placement", "starts", "until")
    held = insurance.join(spans, on="placement").sort("placement", "since", "until")
    reached = (
        held.filter(
            (pl.col("until") > pl.col("starts"))
            & (pl.col("since") < pl.col("until_right")).fill_null(True)
        )
        .with_columns(pl.col("until").cum_max().shift(1).over("placement").alias("before"))
        .with_columns(pl.col("before").fill_null(pl.col("starts")))
        .group_by("placement")
        .agg(
            pl.col("before").filter(pl.col("since") > pl.col("before")).min().alias("hole"),
            pl.col("until").max().alias("end"),
        )
    )
    said = insurance.group_by("placement").agg(
        pl.col("since").min(),
        pl.when(pl.col("charged").any(ignore_nulls=True))
        .then(True)
        .when(pl.col("charged").is_null().any())
        .then(None)
        .otherwise(False)
        .alias("charged"),
    )
    return (
        spans.join(said, on="placement", how="left", maintain_order="left")
        .join(reached, on="placement", how="left", maintain_order="left")
        .select(
            pl.col("since").alias("insurance.since"),
            _gap().alias("insurance.gap"),
            pl.col("charged").alias("insurance.charged"),
        )
    )


def _gap() -> pl.Expr:
    short = pl.col("end") < pl.col("until")
    return (
        pl.when(pl.col("end").is_null())
        .then(pl.col("starts"))
        .otherwise(pl.coalesce("hole", pl.when(short).then(pl.col("end"))))
    )
