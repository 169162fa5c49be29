"""A round in files: what is read, what is refused and how, what is written."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest

from chanjiao.matching.exchange import UnusableInputError, read_round
from chanjiao.matching.exchange_out import write_result
from chanjiao.matching.exchange_verify import first_violation
from chanjiao_engine.matching import solve

GOOD: dict[str, str] = {
    "students.csv": (
        "student_id,school_id,major_code,name\n"
        "s1,甲校,460103,张一\ns2,甲校,460103,李二\ns3,乙校,460103,王三\ns4,乙校,460103,赵四\n"
        "s5,乙校,460103,\n"
    ),
    "posts.csv": (
        "post_id,unit_id,kind,capacity,minimum,name\n"
        "p1,u1,车工,2,0,数控车工\np2,u1,车工,2,0,\np3,u1,质检,1,0,质检员\np4,u2,装配,2,2,装配工\n"
    ),
    "preferences.csv": (
        "student_id,post_id,rank\ns1,p1,1\ns1,p3,2\ns2,p1,1\ns2,p2,2\ns3,p1,1\ns3,p4,2\ns4,p4,1\n"
        "s4,p1,2\ns4,p3,3\n"
    ),
    "priorities.csv": (
        "post_id,student_id,score\np1,s1,83.5\np1,s2,81\np1,s3,81\np2,s2,70.25\np3,s1,60\np4,s3,50\n"
        "p1,s4,-0.5\n"
    ),
    "quotas.csv": (
        "scope,unit_id,kind,post_id,school_id,capacity\n"
        "unit,u1,,,,3\nkind,u1,车工,,,2\nschool_at_post,,,p1,甲校,1\n"
    ),
    "ineligible.csv": "student_id,post_id,code\ns4,p3,age_under_16\n",
}


def folder_of(path: Path, **changed: str | bytes | None) -> Path:
    """The good round, with some files changed (`__` for the dot) or left out (None)."""
    path.mkdir(exist_ok=True)
    files: dict[str, str | bytes | None] = {**GOOD}
    files.update({name.replace("__", "."): text for name, text in changed.items()})
    for name, text in files.items():
        if text is not None:
            data = text.encode() if isinstance(text, str) else text
            (path / name).write_bytes(data)
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def matched(source: Path, out: Path, seed: int = 7) -> Path:
    files = read_round(source)
    write_result(files, solve(files.problem, seed=seed), out)
    return out


def test_hand_computed_round(tmp_path: Path) -> None:
    """p4 has one eligible applicant and needs two: it closes. 甲校 may send one to p1: s1.

    s3 then stands at p1 beside s1, which fills the kind 车工 (2); s2 finds both posts of it full.
    """
    out = matched(folder_of(tmp_path / "in"), tmp_path / "out")
    assert {r["student_id"]: r["post_id"] for r in rows(out / "matches.csv")} == {
        "s1": "p1", "s2": "", "s3": "p1", "s4": "", "s5": "",
    }  # fmt: skip
    said = {
        (r["student_id"], r["post_id"]): (r["reason"], r["text"])
        for r in rows(out / "explanations.csv")
    }
    assert said[("s1", "p1")] == ("admitted", "录取到 数控车工：第 1 志愿，你 83.50 分。")
    assert said[("s2", "p1")] == (
        "school_at_post_full",
        "没有录取到 数控车工：该岗位给你校的名额 1 人已满，末位 83.50 分，你 81.00 分。",
    )
    assert said[("s2", "p2")] == (
        "kind_full",
        "没有录取到 p2：该企业同类岗位实习人数上限 2 人已满，末位 81.00 分，你 70.25 分。",
    )
    assert said[("s2", "")] == (
        "no_choice_left",
        "没有录取：所填 2 个志愿都没有录取到，已无其他志愿。",
    )
    assert said[("s4", "p4")][0] == "not_scored"
    assert said[("s4", "p3")] == (
        "age_under_16",
        "没有录取到 质检员：不符合条件，上岗时未满 16 周岁（依据：《职业学校学生实习管理规定》（教职成〔2021〕4号））。",
    )
    assert said[("s4", "p1")][1].endswith("末位 81.00 分，你 -0.50 分。")
    assert said[("s5", "")] == ("no_choices", "没有录取：没有填报志愿。")
    assert rows(out / "matches.csv")[0]["name"] == "张一"
    closing = json.loads((out / "certificate.json").read_text())["closings"]
    assert closing == [{"post_id": "p4", "admitted": 0, "minimum": 2}]


def test_row_order_line_ends_and_mark_do_not_matter(tmp_path: Path) -> None:
    plain = matched(folder_of(tmp_path / "a"), tmp_path / "ao")
    turned: dict[str, str | bytes | None] = {}
    for name, text in GOOD.items():
        head, *body = text.splitlines()
        turned[name.replace(".", "__")] = (
            b"\xef\xbb\xbf" + "\r\n".join([head, *body[::-1], ""]).encode()
        )
    other = matched(folder_of(tmp_path / "b", **turned), tmp_path / "bo")
    for name in ("matches.csv", "explanations.csv"):
        assert (plain / name).read_bytes() == (other / name).read_bytes()
    seals = [json.loads((x / "certificate.json").read_text()) for x in (plain, other)]
    assert seals[0]["seal"] == seals[1]["seal"] and seals[0]["problem"] == seals[1]["problem"]


def test_parquet_gives_the_same_as_csv(tmp_path: Path) -> None:
    plain = matched(folder_of(tmp_path / "a"), tmp_path / "ao")
    source = folder_of(tmp_path / "b", priorities__csv=None, preferences__csv=None)
    for name in ("priorities", "preferences"):
        pl.read_csv(tmp_path / "a" / f"{name}.csv").write_parquet(source / f"{name}.parquet")
    other = matched(source, tmp_path / "bo")
    assert (plain / "matches.csv").read_bytes() == (other / "matches.csv").read_bytes()
    assert (plain / "explanations.csv").read_bytes() == (other / "explanations.csv").read_bytes()


@pytest.mark.parametrize("quotas", [None, "", "scope,unit_id,kind,post_id,school_id,capacity\n"])
def test_quotas_may_be_absent_or_empty(tmp_path: Path, quotas: str | None) -> None:
    files = read_round(folder_of(tmp_path / "in", quotas__csv=quotas))
    assert files.problem.nodes == files.problem.posts


BAD: list[tuple[str, str, str, str, int, str, str]] = [
    ("students.csv", "s2,甲校", "s1,甲校", "students.csv", 3, "student_id", "重复"),
    ("students.csv", "s2,甲校", "s2,", "students.csv", 3, "school_id", "不能为空"),
    ("students.csv", "school_id", "school", "students.csv", 1, "school_id", "缺少此列"),
    ("posts.csv", "p2,u1,车工,2", "p2,u1,车工,-2", "posts.csv", 3, "capacity", "不小于 0 的整数"),
    ("posts.csv", "p2,u1,车工,2", "p2,u1,车工,2.5", "posts.csv", 3, "capacity", "整数"),
    ("posts.csv", "p4,u2,装配,2,2", "p4,u2,装配,2,3", "posts.csv", 5, "minimum", "大于名额"),
    ("posts.csv", "p3,u1", "p1,u1", "posts.csv", 4, "post_id", "重复"),
    ("preferences.csv", "s2,p1,1", "s2,p1,first", "preferences.csv", 4, "rank", "整数"),
    ("preferences.csv", "s2,p1,1", "s2,p1,0", "preferences.csv", 4, "rank", "不小于 1"),
    ("preferences.csv", "s2,p1,1", "s2,p1,1.5", "preferences.csv", 4, "rank", "整数"),
    ("preferences.csv", "s2,p2,2", "s2,p2,1", "preferences.csv", 5, "rank", "相同"),
    ("preferences.csv", "s2,p2,2", "s2,p1,2", "preferences.csv", 5, "post_id", "相同"),
    (
        "preferences.csv",
        "s2,p2,2",
        "s9,p2,2",
        "preferences.csv",
        5,
        "student_id",
        "students.csv 中没有",
    ),
    ("preferences.csv", "s2,p2,2", "s2,p9,2", "preferences.csv", 5, "post_id", "posts.csv 中没有"),
    ("priorities.csv", "p1,s2,81", "p1,s2,优", "priorities.csv", 3, "score", "数字"),
    ("priorities.csv", "p1,s2,81", "p1,s2,nan", "priorities.csv", 3, "score", "数字"),
    ("priorities.csv", "p1,s2,81", "p1,s2,81.1234567", "priorities.csv", 3, "score", "六位小数"),
    ("priorities.csv", "p1,s2,81", "p1,s2,8e1", "priorities.csv", 3, "score", "数字"),
    ("priorities.csv", "p1,s2,81", "p1,s2,", "priorities.csv", 3, "score", "数字"),
    ("priorities.csv", "p2,s2,70.25", "p1,s2,70.25", "priorities.csv", 5, "student_id", "相同"),
    ("priorities.csv", "p2,s2,70.25", "p2,s9,70.25", "priorities.csv", 5, "student_id", "没有"),
    ("quotas.csv", "unit,u1", "company,u1", "quotas.csv", 2, "scope", "应为 unit"),
    ("quotas.csv", "unit,u1", "unit,u9", "quotas.csv", 2, "unit_id", "没有"),
    ("quotas.csv", "unit,u1", "unit,", "quotas.csv", 2, "unit_id", "必填"),
    ("quotas.csv", "unit,u1,,,,3", "unit,u1,,,,-3", "quotas.csv", 2, "capacity", "不小于 0"),
    ("quotas.csv", "unit,u1,,,,3", "unit,u1,车工,,,3", "quotas.csv", 2, "kind", "留空"),
    ("quotas.csv", "kind,u1,车工", "kind,u1,铣工", "quotas.csv", 3, "kind", "没有这一类"),
    (
        "quotas.csv",
        "school_at_post,,,p1",
        "school_at_post,,,p9",
        "quotas.csv",
        4,
        "post_id",
        "没有",
    ),
    ("quotas.csv", "p1,甲校", "p1,丙校", "quotas.csv", 4, "school_id", "没有"),
    (
        "quotas.csv",
        "school_at_post,,,p1",
        "school_at_post,u2,,p1",
        "quotas.csv",
        4,
        "unit_id",
        "不一致",
    ),
    ("quotas.csv", "kind,u1,车工,,,2", "unit,u1,,,,2", "quotas.csv", 3, "scope", "两次"),
    ("ineligible.csv", "age_under_16", "too_young", "ineligible.csv", 2, "code", "原因代码"),
]


@pytest.mark.parametrize("case", BAD, ids=lambda c: f"{c[3]}-{c[5]}-{c[2]}")
def test_every_fault_is_told_with_its_place(
    tmp_path: Path, case: tuple[str, str, str, str, int, str, str]
) -> None:
    name, old, new, file, row, column, words = case
    assert old in GOOD[name]
    text = GOOD[name].replace(old, new, 1)
    with pytest.raises(UnusableInputError) as refused:
        read_round(folder_of(tmp_path / "in", **{name.replace(".", "__"): text}))
    kept = refused.value.faults.kept
    assert any(
        (f.file, f.row, f.column) == (file, row, column) and words in f.advice for f in kept
    ), refused.value


def test_all_faults_are_counted_and_fifty_shown(tmp_path: Path) -> None:
    body = "".join(f"p1,x{i},bad\n" for i in range(70))
    with pytest.raises(UnusableInputError) as refused:
        read_round(folder_of(tmp_path / "in", priorities__csv="post_id,student_id,score\n" + body))
    assert refused.value.faults.total == 140
    lines = refused.value.faults.lines()
    assert len(lines) == 51 and "共 140 处" in lines[-1]
    assert lines[0] == "priorities.csv 第 2 行 score 列：“bad” 应为数字，最多六位小数，不超过十亿"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"posts__csv": None}, "找不到文件"),
        ({"posts__csv": b""}, "空的"),
        ({"students__csv": GOOD["students.csv"].encode("gbk")}, "GBK"),
        ({"students__csv": GOOD["students.csv"].encode("utf-16")}, "UTF-16"),
        ({"preferences__csv": GOOD["preferences.csv"] + "s1,p2,3,4\n"}, "第 11 行"),
        ({"posts__csv": GOOD["posts.csv"].replace("数控车工", '"数控车工')}, "posts.csv"),
        ({"priorities__parquet": b"PAR1"}, "同时存在"),
        ({"priorities__csv": None, "priorities__parquet": b"nonsense"}, "Parquet"),
        ({"students__csv": GOOD["students.csv"].replace(",", ";")}, "缺少此列"),
    ],
)
def test_unreadable_files_get_a_clear_message(
    tmp_path: Path, changed: dict[str, str | bytes | None], words: str
) -> None:
    with pytest.raises(UnusableInputError) as refused:
        read_round(folder_of(tmp_path / "in", **changed))
    assert words in str(refused.value)


def tampered(text: str) -> list[str]:
    """The certificate with each single value changed, one after another."""
    fields = json.loads(text)
    found: list[str] = []

    def visit(holder: dict | list, key: str | int) -> None:  # type: ignore[type-arg]
        value = holder[key]  # type: ignore[index]
        if isinstance(value, (dict, list)):
            for inner in list(value) if isinstance(value, dict) else range(len(value)):
                visit(value, inner)
            return
        others = [value + 1, str(value)] if isinstance(value, int) else [f"{value or ''}1", None]
        for other in others:
            if other != value:
                holder[key] = other  # type: ignore[index]
                found.append(json.dumps(fields, ensure_ascii=False))
        holder[key] = value  # type: ignore[index]

    for name in list(fields):
        visit(fields, name)
    for name in list(fields):
        found.append(json.dumps({k: v for k, v in fields.items() if k != name}))
    return found


def test_every_single_change_of_the_certificate_is_found(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in")
    out = matched(source, tmp_path / "out")
    files, path = read_round(source), out / "certificate.json"
    assert first_violation(files, out) is None
    changes = tampered(path.read_text())
    assert len(changes) > 150
    for text in changes:
        path.write_text(text)
        assert first_violation(files, out), text


@pytest.mark.parametrize("name", ["matches.csv", "explanations.csv"])
def test_every_single_change_of_a_table_is_found(tmp_path: Path, name: str) -> None:
    source = folder_of(tmp_path / "in")
    out = matched(source, tmp_path / "out")
    files, path = read_round(source), out / name
    with path.open(newline="") as stream:
        table = list(csv.reader(stream))
    for row in range(1, len(table)):
        for column in range(len(table[0])):
            for other in ("p2", "p1", "s1", "", "又"):
                if other == table[row][column]:
                    continue
                changed = [list(cells) for cells in table]
                changed[row][column] = other
                with path.open("w", newline="") as stream:
                    csv.writer(stream, lineterminator="\n").writerows(changed)
                assert first_violation(files, out), (row, column, other)
    for shorter in (table[:-1], [*table, table[-1]]):
        with path.open("w", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(shorter)
        assert first_violation(files, out)


def test_a_changed_input_is_found(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "in")
    out = matched(source, tmp_path / "out")
    folder_of(source, posts__csv=GOOD["posts.csv"].replace("p3,u1,质检,1", "p3,u1,质检,2"))
    assert "指纹" in (first_violation(read_round(source), out) or "")


def test_a_result_replaces_an_older_one_and_leaves_no_scraps(tmp_path: Path) -> None:
    source, out = folder_of(tmp_path / "in"), tmp_path / "out"
    matched(source, out, seed=1)
    (out / "notes.txt").write_text("mine")
    matched(source, out, seed=2)
    assert json.loads((out / "certificate.json").read_text())["seed"] == 2
    assert sorted(x.name for x in tmp_path.iterdir()) == ["in", "out"]
    assert (out / "notes.txt").exists()
    assert first_violation(read_round(source), out) is None
