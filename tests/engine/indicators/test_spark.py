"""Spark beside DuckDB: one session for all of it, because a JVM takes seconds to start."""

import gc
import json

import pytest

from chanjiao.cli import main
from chanjiao_engine.indicators.schema import BY_NAME
from tests.engine.indicators.packs.world import ROWS, pack
from tests.engine.indicators.spark import spark_session  # noqa: F401 - a fixture
from tests.engine.indicators.test_reference import differences, rolled_up
from tests.engine.indicators.test_shared import check_big_rollup

pytestmark = [
    pytest.mark.spark,
    pytest.mark.usefixtures("spark_session"),
    pytest.mark.xdist_group("spark"),
    pytest.mark.filterwarnings(
        "ignore:unclosed:ResourceWarning"
    ),  # pyspark leaves sockets to the GC
]


@pytest.fixture(autouse=True)
def swept():
    yield
    gc.collect()


def test_spark_equals_duckdb_to_the_last_digit(tmp_path):
    seeds = [(11, 12), (13, 0), (14, 40)]
    _, spark = rolled_up(tmp_path / "s", seeds, "spark")
    worlds, duck = rolled_up(tmp_path / "d", seeds, "duckdb")
    assert spark == duck
    assert repr(spark) == repr(duck)  # also the written form of every number
    for name, world in worlds.items():
        assert not list(differences(world, spark.packs[name]))


def test_only_the_pack_with_the_large_number_is_without_it_on_spark_too(tmp_path):
    check_big_rollup(tmp_path, "spark")


def test_the_command_rolls_packs_up_on_either_engine(tmp_path):
    own = [c.name for c in BY_NAME["consortium"].columns].index("code")
    row = ROWS["consortium"][0]
    other = (*row[:own], "Demo_2", *row[own + 1 :])
    (tmp_path / "a.cjpack").write_bytes(pack())
    (tmp_path / "b.cjpack").write_bytes(pack(consortium=[other], meeting=ROWS["meeting"][:1]))
    packs = [str(tmp_path / name) for name in ("a.cjpack", "b.cjpack")]
    written = []
    for engine in ("spark", "duckdb"):
        out = tmp_path / f"{engine}.json"
        asked = ["pack", "rollup", *packs, "--trust", "--engine", engine, "--out", str(out)]
        assert main(asked) == 0
        written.append(out.read_bytes())
    assert written[0] == written[1]
    totals = {one["code"]: one["numerator"] for one in json.loads(written[0])["totals"]}
    assert totals["7"] == "3" and totals["12"] == "2000000"
