"""`chanjiao pack …` as a stranger runs it: no settings, no database, no home."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from chanjiao.cli import main
from tests.engine.indicators.packs.world import CREATED, KEY, OTHER_KEY, ROWS, pack

SRC = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def file(tmp_path):
    place = tmp_path / "a.cjpack"
    place.write_bytes(pack())
    return place


@pytest.fixture(autouse=True)
def same_process(monkeypatch):
    """A fork inside pytest would run the rest of the tests twice if it went wrong."""
    monkeypatch.setattr("chanjiao.indicators.pack_commands.guarded", lambda work: work())


def run(*arguments: object) -> int:
    return main(["pack", *map(str, arguments)])


def stranger(place: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A process with an empty environment and a home that does not exist."""
    code = "import sys; from chanjiao.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", code, "pack", *map(str, arguments)],
        env={"PYTHONPATH": str(SRC), "HOME": "/nonexistent"}, cwd=place, text=True,
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_stranger_verifies_with_one_command(file, tmp_path):
    place = tmp_path / "read-only"
    place.mkdir()
    place.chmod(0o500)
    done = stranger(place, "verify", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert "成立：示例联合体 2026 年度证据包" in done.stdout
    assert "没有指定签名人" in done.stdout
    assert list(place.iterdir()) == []


def test_a_stranger_is_told_what_differs(file, tmp_path):
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    done = stranger(tmp_path, "verify", file)
    assert done.returncode == 1
    assert "不成立" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_hostile_file_costs_a_child_only(tmp_path):
    """What kills the child, or exhausts its memory, is a message and exit code 2."""
    program = (
        "import os, sys\nfrom chanjiao.indicators.pack_child import guarded\n"
        "work = {'kill': lambda: os.kill(os.getpid(), 11), 'memory': lambda: len(bytearray(2**40)),"
        " 'fault': lambda: 1 // 0, 'fine': lambda: 0}[sys.argv[1]]\nsys.exit(guarded(work))"
    )
    for word, code, said in (
        ("kill", 2, "SIGSEGV"),
        ("memory", 2, "内存"),
        ("fault", 2, "ZeroDivisionError"),
        ("fine", 0, ""),
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, word], env={"PYTHONPATH": str(SRC)}, text=True,
            capture_output=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (
            code,
            True,
            False,
        )


def test_exit_codes_and_pins(file, tmp_path, capsys):
    assert run("verify", file, "--fingerprint", KEY.fingerprint) == 0
    out = capsys.readouterr().out
    assert "签名人与所指定的公钥指纹一致" in out
    assert "没有指定签名人" not in out
    assert run("verify", file, "--fingerprint", OTHER_KEY.fingerprint) == 1
    assert "签名人" in capsys.readouterr().out
    assert run("verify", tmp_path / "none") == 2
    (tmp_path / "text").write_text("不是证据包")
    assert run("verify", tmp_path / "text") == 2
    assert "不是证据包" in capsys.readouterr().err
    assert run("verify") == 2


def test_a_key_is_private_and_never_overwritten(tmp_path, capsys):
    place = tmp_path / "own.key"
    for algorithm in ("ed25519", "sm2-sm3"):
        place = tmp_path / algorithm
        assert run("key", place, "--algorithm", algorithm) == 0
        assert stat.S_IMODE(os.stat(place).st_mode) == 0o600
        assert f"公钥指纹：{algorithm}:" in capsys.readouterr().out
        before = place.read_bytes()
        assert run("key", place) == 2
        assert place.read_bytes() == before
        assert b"private" not in place.with_suffix(".public.json").read_bytes()


def test_make_from_an_unpacked_pack_gives_the_same_contents(file, tmp_path):
    import zipfile

    with zipfile.ZipFile(file) as opened:
        opened.extractall(tmp_path / "folder")
    run("key", tmp_path / "k")
    made = tmp_path / "b.cjpack"
    year = ("--since", "2026-01-01", "--until", "2027-01-01", "--created", CREATED.isoformat())
    assert run("make", tmp_path / "folder", "--key", tmp_path / "k", "--out", made, *year) == 0
    assert run("verify", made, "--key", tmp_path / "k.public.json") == 0
    assert run("diff", file, made) == 0
    assert (
        run("make", tmp_path / "folder", "--key", tmp_path / "k.public.json", "--out", made, *year)
        == 2
    )
    assert run("make", tmp_path / "none", "--key", tmp_path / "k", "--out", made, *year) == 2


def test_show_and_diff_and_prove(file, tmp_path, capsys):
    assert run("show", file) == 0
    out = capsys.readouterr().out
    for word in (
        "测试用指标集",
        "否定性指标（1 项）",
        "61 人（人工填报）",
        "未触发",
        "没有重新计算",
        KEY.fingerprint,
    ):
        assert word in out
    other = tmp_path / "b.cjpack"
    other.write_bytes(pack(meeting=ROWS["meeting"][:1]))
    assert run("diff", file, other) == 1
    assert "会议：2 行 → 1 行，增 0，减 1，改 0" in capsys.readouterr().out
    proof = tmp_path / "proof.json"
    assert run("prove", file, "2-1-1-1", "--out", proof) == 0
    assert run("verify", "--proof", proof, "--fingerprint", KEY.fingerprint) == 0
    assert run("verify", "--proof", proof, "--file", file) == 1
    assert run("prove", file, "9-9-9") == 2


def test_a_terminal_gets_no_control_characters(tmp_path, capsys):
    evil = tmp_path / "e.cjpack"
    evil.write_bytes(pack(consortium=[("x", "示例\x1b[2J联合体\x07", *ROWS["consortium"][0][2:])]))
    assert run("verify", evil) == 0
    assert run("show", evil) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_roll_up_verifies_first(file, tmp_path, capsys):
    other = tmp_path / "b.cjpack"
    row = ("other", "示例第二联合体", *ROWS["consortium"][0][2:])
    other.write_bytes(pack(consortium=[row], meeting=ROWS["meeting"][:1]))
    for ending in ("xlsx", "csv", "json"):
        target = tmp_path / f"r.{ending}"
        assert run("rollup", file, other, "--out", target) == 0
        assert target.stat().st_size > 100
    out = capsys.readouterr().out
    assert "7 召开会议：合计 3 次；2 家有值；最低/中位/最高 1 / 1.5 / 2" in out
    assert run("rollup", file, file) == 2
    assert run("rollup", file, other, "--out", tmp_path / "r.doc") == 2
    data = bytearray(other.read_bytes())
    data[-30] ^= 1
    other.write_bytes(data)
    assert run("rollup", file, other) == 1
    assert "没有通过核验，不汇总" in capsys.readouterr().err


def test_json_lines_for_other_programs(file, capsys):
    import json

    assert run("verify", file, "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["progress"][1] >= 9
    report = lines[-1]["report"]
    assert report["holds"]
    assert report["said"]["consortium"]["code"] == "Demo_1"
    assert {o["code"] for o in report["contents"]["outcomes"]} == {"7", "12", "38", "41"}
