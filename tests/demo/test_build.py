"""The demonstration itself: its first stage in the test database, the whole as people run it."""

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from chanjiao.demo import place
from chanjiao.demo.cast import PASSWORD, SECRETARY
from chanjiao.demo.season import Season
from chanjiao.demo.stages import build
from chanjiao.kernel import clock
from chanjiao.members.models import Contribution, Membership
from chanjiao.people.models import Appointment, User
from chanjiao.sheets.enums import ImportState
from chanjiao.sheets.models import Import
from chanjiao.trail.models import Entry
from chanjiao.trail.queries import verify_chain


@pytest.mark.django_db(transaction=True)
def test_members_stage(tmp_path):
    cast = build("members", Season(clock.day_of(clock.now())), tmp_path, say=lambda text: None)
    members = Membership.objects.filter(consortium=cast.consortium, left_on__isnull=True)
    kinds = Counter(members.order_by().values_list("unit__kind", flat=True))
    assert sum(kinds.values()) == 50
    assert members.filter(unit__is_fictional=False).count() == 3
    assert members.filter(role="lead").count() == 3
    assert Contribution.objects.filter(amount_fen=1_2000_0000_00).exists()
    assert Appointment.objects.filter(role="administrator").count() == 51
    assert User.objects.get(username=SECRETARY).check_password(PASSWORD)
    states = Counter(Import.objects.order_by().values_list("state", flat=True))
    assert states == {ImportState.DONE: 1, ImportState.ABANDONED: 1}
    assert len(list((tmp_path / "workbooks").glob("*.xlsx"))) == 2
    assert not verify_chain().fault
    moments = list(Entry.objects.order_by("sequence").values_list("at", flat=True))
    assert moments == sorted(moments)
    assert moments[-1] < clock.now()


@pytest.mark.database  # in processes of its own
def test_the_demonstration_as_people_run_it(tmp_path):
    """The whole on SQLite; in a named PostgreSQL the members, and never over what is there."""
    with database() as named:
        wanted = ("--stage", "members") if named else ()
        first = demo(tmp_path, named, *wanted)
        assert first.returncode == 0, first.stderr + first.stdout
        assert "政 1，校 17（高职 4、本科 6、中职 7），企 25，研 7" in first.stdout
        assert "逐条相接，核验通过" in first.stdout
        assert "mishuchu" in first.stdout and PASSWORD in first.stdout
        folder = tmp_path / "demo"
        slips = len(list((folder / "workbooks").glob("*有误，第一次上传）.xlsx")))
        assert slips >= (1 if named else 8)
        assert not (tmp_path / "demo.building").exists()
        again = demo(tmp_path, named, *wanted)
        assert again.returncode == 0 and "用时" not in again.stdout
        if named:
            check_refusal(tmp_path, named)
        else:
            check_rounds(first.stdout, folder / "bundle")


def check_rounds(said: str, bundle: Path) -> None:
    assert "岗位实习”已公布" in said and "未开班：" in said and "证书：成立：" in said
    assert "订单班”：企业评分" in said and "条待企业评分" in said
    assert "学徒班”：填报志愿" in said
    check_bundle(bundle)


def check_refusal(home: Path, named: str) -> None:
    """Another stage would need the database emptied; another installation may not empty it."""
    refused = demo(home, named, "--stage", "needs")
    assert refused.returncode == 2 and "不是空的" in refused.stderr
    stranger = demo(home / "other", named, "--fresh")
    assert stranger.returncode == 2 and "不会清空" in stranger.stderr
    assert demo(home, named, "--stage", "members", "--fresh").returncode == 0


def check_bundle(bundle: Path) -> None:
    """Nobody is in the published files by name, and a changed outcome is found out."""
    matches = bundle / "out" / "matches.csv"
    verify = [sys.executable, "-m", "chanjiao.matching.commands", "verify-match"]
    verify += [str(bundle / "in"), str(bundle / "out")]
    plain = {"PATH": os.environ["PATH"], "PYTHONPATH": "src", "PYTHONDONTWRITEBYTECODE": "1"}
    assert subprocess.run(verify, env=plain, capture_output=True).returncode == 0
    with matches.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    placed = next(line for line in lines[1:] if line[1])
    placed[1] = ""
    with matches.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    assert subprocess.run(verify, env=plain, capture_output=True).returncode == 1


def demo(home: Path, named: str, *more: str) -> "subprocess.CompletedProcess[str]":
    """`chanjiao demo --no-serve` with a home of its own and, if given, a named database."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
    environment |= {"CHANJIAO_HOME": str(home), "PYTHONPATH": "src", "PYTHONWARNINGS": "default"}
    if named:
        environment["DATABASE_URL"] = named
    command = [sys.executable, "-m", "chanjiao.cli", "demo", "--no-serve", *more]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@contextmanager
def database() -> Iterator[str]:
    """On PostgreSQL an empty database beside the suite's own; on SQLite the home's file."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        yield ""
        return
    name = f"chanjiao_demo_{os.getpid()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def quick_home(tmp_path, monkeypatch):
    monkeypatch.setenv("CHANJIAO_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return tmp_path / "demo"


def built(**changed: str) -> place.Built:
    facts = {"stage": "match", "sources": place.sources_digest(), "database": "sqlite",
             "built_on": "2026-11-23", "summary": "…"}  # fmt: skip
    return place.Built(**(facts | changed))


@pytest.mark.parametrize(
    ("changed", "fits"),
    [
        ({}, True),
        ({"stage": "needs"}, False),
        ({"sources": "0" * 64}, False),
        ({"database": "another"}, False),
    ],
)
def test_built_again_only_when_something_differs(quick_home, changed, fits):
    quick_home.mkdir(parents=True)
    place.write_marker(quick_home, built(**changed))
    assert place.fits(place.read_marker(quick_home), "match") is fits


def test_a_broken_marker_means_nothing_is_built(quick_home):
    quick_home.mkdir(parents=True)
    (quick_home / "built.json").write_text(json.dumps({"stage": "match"}))
    assert place.read_marker(quick_home) is None
    assert not place.fits(None, "match")


def test_a_finished_build_takes_the_old_ones_place(quick_home):
    quick_home.mkdir(parents=True)
    (quick_home / "old").touch()
    made = place.workshop()
    (made / "new").touch()
    assert place.move_in(made) == quick_home
    assert [file.name for file in quick_home.iterdir()] == ["new"]
