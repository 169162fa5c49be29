"""The two commands' exit codes and what they print."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from chanjiao.matching.commands import add_commands

STUDENTS = "student_id,school_id,major_code\na,x,460103\nb,x,460103\n"
POSTS = "post_id,unit_id,kind,capacity,minimum\np,u,车工,1,0\n"
PREFERENCES = "student_id,post_id,rank\na,p,1\nb,p,1\n"
PRIORITIES = "post_id,student_id,score\np,a,80\np,b,80\n"


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_commands(parser.add_subparsers(required=True))
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, text in (
        ("students", STUDENTS), ("posts", POSTS), ("preferences", PREFERENCES),
        ("priorities", PRIORITIES),
    ):  # fmt: skip
        (folder / f"{name}.csv").write_text(text)
    return folder


def test_match_then_verify(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert run("match", str(source), "--out", out, "--seed", "3") == 0
    said = capsys.readouterr().out
    assert "录取 1 人" in said and "种子 3" in said
    assert run("verify-match", str(source), out) == 0
    assert "成立" in capsys.readouterr().out


def test_without_a_seed_the_answer_repeats(source: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert run("match", str(source), "--out", str(tmp_path / name)) == 0
    for file in ("matches.csv", "explanations.csv", "certificate.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_seed_decides_the_tie(source: Path, tmp_path: Path) -> None:
    """Of many seeds some favour a and some b: the lottery is one, and it is the seed's."""
    winners = set()
    for seed in range(12):
        out = tmp_path / str(seed)
        run("match", str(source), "--out", str(out), "--seed", str(seed))
        winners.add((out / "matches.csv").read_text())
        assert "抽签" in (out / "explanations.csv").read_text()
    assert len(winners) == 2


def test_tampering_exits_with_one(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    run("match", str(source), "--out", str(out), "--seed", "3")
    matches = (out / "matches.csv").read_text()
    swapped = (
        matches.replace("a,p", "a,").replace("b,\n", "b,p\n")
        if "a,p" in matches
        else (matches.replace("b,p", "b,").replace("a,\n", "a,p\n"))
    )
    assert swapped != matches
    (out / "matches.csv").write_text(swapped)
    capsys.readouterr()
    assert run("verify-match", str(source), str(out)) == 1
    assert "不成立" in capsys.readouterr().out


def test_unusable_input_exits_with_two(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "posts.csv").write_text(POSTS.replace(",1,0", ",-1,0"))
    out = tmp_path / "out"
    assert run("match", str(source), "--out", str(out)) == 2
    said = capsys.readouterr().err
    assert "posts.csv 第 2 行 capacity 列" in said
    assert not out.exists()
    assert run("verify-match", str(source), str(out)) == 2


def test_a_missing_result_exits_with_two(source: Path, tmp_path: Path) -> None:
    assert run("verify-match", str(source), str(tmp_path / "nothing")) == 2


@pytest.mark.parametrize("seed", ["-1", "x", "1.5", str(2**63)])
def test_a_seed_that_is_none_is_refused(source: Path, tmp_path: Path, seed: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("match", str(source), "--out", str(tmp_path / "o"), f"--seed={seed}")
    assert stopped.value.code == 2
