"""Missing facts, overrides, settings, refusals, sentences, rosters: what is around the rules."""

from datetime import date

import polars as pl
import pytest

from chanjiao_engine.redlines import (
    LIMITS,
    PROFILES,
    RULES,
    TABLES,
    Facts,
    FactsRefused,
    Outcome,
    RulesRefused,
    Severity,
    Stage,
    Status,
    evaluate,
    evaluate_roster,
    load,
)
from chanjiao_engine.redlines.checks import checks
from tests.engine.redlines.rosters import AT, START, clean, codes, facts_of, random_roster

ON = date(2026, 1, 1)
ALL_RULES = {rule.code: (name, rule) for name in PROFILES for rule in load(name, on=ON).rules}
REQUIRED = {f"{t.name}.{c.name}" for t in TABLES for c in t.columns if c.required}


def without(rule):
    """The roster without fault, with nothing stated that the rule looks at."""
    tables = clean()
    if rule.code.startswith("minor"):
        tables["students"][0]["born"] = date(2009, 1, 1)
    for need in rule.needs:
        table, column = need.split(".")
        if table in ("staff", "insurance"):
            tables[table] = []
        elif table not in ("shifts", "fees") and need not in REQUIRED:
            for row in tables[table]:
                row[column] = None
    if rule.code == "staff_yearly":
        tables["placements"][0]["until"] = None
    if rule.table in ("shifts", "days"):
        tables["shifts"][0] |= {"until_minute": 1400, "worked": 600}
    return tables


@pytest.mark.parametrize("code", sorted(set(ALL_RULES) - {"pay_missing"}))
def test_what_nobody_stated_is_an_outcome_and_shuts_the_gate(code):
    profile, rule = ALL_RULES[code]
    result = evaluate(facts_of(without(rule)), load(profile, on=ON), at=AT)
    mine = [i for i in range(len(result)) if result.rule(i).code == code]
    assert mine
    assert {result.violations.item(i, "outcome") for i in mine} == {Outcome.MISSING}
    named = set(result.missing(mine[0]))
    assert named and named <= set(rule.needs)
    assert "不能判断" in result.explain(mine[0])
    if rule.stage is Stage.GATE:
        assert result.blocked == {"p1"}


def test_an_empty_world_and_one_placement_alone():
    assert codes({"placements": []}) == []
    bare = {
        "students": [{"student": "李"}], "units": [{"unit": "甲"}],
        "posts": [{"post": "装配", "unit": "甲"}],
        "placements": [{"placement": "p1", "student": "李", "post": "装配"}],
    }  # fmt: skip
    gates = {rule.code for rule in RULES if rule.stage is Stage.GATE}
    assert {(code, 2) for code in gates} == set(codes(bare))


def test_arrow_tables_are_facts_too():
    tables = facts_of(clean()).tables
    arrow = Facts.of({name: frame.to_arrow() for name, frame in tables.items()})
    assert all(arrow[name].equals(frame) for name, frame in tables.items())


def test_the_same_facts_give_the_same_table():
    import random

    facts, rules = facts_of(random_roster(random.Random(3), size=30)), load(on=ON)
    first, second = (evaluate(facts, rules, at=AT).violations for _ in range(2))
    assert first.equals(second) and first.height > 100
    assert first.select("rule", "row").equals(first.select("rule", "row").sort("rule", "row"))


# Overrides.


def overridden(**override):
    tables = clean()
    tables["posts"][0]["majors"] = "470103"
    tables["overrides"] = [
        {"placement": "p1", "rule": "major_group", "by": "学校", "proof": "论证意见"} | override
    ]
    return evaluate(facts_of(tables), load(on=ON), at=AT)


def test_an_override_by_whom_the_law_lets_opens_the_gate_and_stays_visible():
    result = overridden()
    assert result.violations["outcome"].to_list() == [Outcome.WAIVED]
    assert result.blocked == frozenset() and result.refused == ()
    assert "已由学校凭专业相关性论证意见豁免" in result.explain(0)


@pytest.mark.parametrize(
    ("override", "why"),
    [
        ({"by": "实习单位"}, "应由学校批准，现为实习单位"),
        ({"proof": " "}, "没有证明材料"),
        ({"rule": "venue"}, "不允许豁免"),
        ({"rule": "nothing"}, "没有代码为 nothing 的规则"),
    ],
)
def test_an_override_without_effect_says_why(override, why):
    result = overridden(**override)
    assert result.blocked == {"p1"}
    assert len(result.refused) == 1 and why in result.refused[0]


def test_what_cannot_be_told_cannot_be_overridden():
    tables = clean()
    tables["posts"][0]["majors"] = None
    tables["overrides"] = [
        {"placement": "p1", "rule": "major_group", "by": "学校", "proof": "论证意见"}
    ]
    assert codes(tables) == [("major_group", 2)]


def test_only_principles_may_be_overridden():
    """第十六条 knows no exception; every rule with a waiver says 原则上 or 一般 (or asks a filing)."""
    for rule in RULES:
        if rule.waiver:
            assert "原则上" in rule.text or "一般" in rule.text
            assert rule.proof
        assert not (rule.waiver and rule.article.startswith("第十六条"))


# Rule sets.


def test_rules_and_checks_are_the_same_list():
    for name in PROFILES:
        rules = load(name, on=ON)
        asked = set(checks(rules, AT))
        assert {rule.code for rule in rules.rules} <= asked
    assert set(ALL_RULES) == asked


def test_a_profile_begins_on_its_day():
    assert "pay_hourly" in {rule.code for rule in load("江苏", on=date(2022, 11, 14)).rules}
    assert "pay_hourly" not in {rule.code for rule in load("江苏", on=date(2022, 11, 13)).rules}


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (lambda: load("火星", on=ON), "没有“火星”的规则；可用：全国、江苏"),
        (lambda: load(on=date(2021, 12, 30)), "没有收录更早的规则"),
        (lambda: load(on=ON, settings={"wage_percent": 50}), "已按原文核对，不能改"),
        (lambda: load(on=ON, settings={"venue": Severity.WARN}), "已按原文核对，不能改"),
        (lambda: load(on=ON, settings={"nothing": 1}), "没有名为“nothing”"),
        (lambda: load(on=ON, settings={"unit_percent": -1}), "不小于 0 的整数"),
    ],
)
def test_what_cannot_be_loaded_says_why(ask, why):
    with pytest.raises(RulesRefused, match=why):
        ask()


def test_what_is_not_yet_checked_is_a_setting():
    tables = clean()
    tables["agreements"][0]["unit_on"] = START
    assert codes(tables) == [("agreement", 1)]
    assert codes(tables, settings={"paper_days": 0}) == []
    tables = clean()
    tables["training"][0]["passed"] = False
    for severity, blocked in ((Severity.BLOCK, {"p1"}), (Severity.WARN, set())):
        rules = load(on=ON, settings={"test": severity})
        assert evaluate(facts_of(tables), rules, at=AT).blocked == blocked
    assert codes(tables, settings={"test": Severity.OFF}) == []
    assert all(limit.status is Status.OPEN for limit in LIMITS if limit.name == "unit_percent")


# Facts refused.


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda t: t["pay"][0].update(placement="p9"), "报酬发放（pay）第 1 行的实习安排不在实习安排表中"),
        (lambda t: t["students"].append(t["students"][0]), "学生（students）第 1、2 行的学生重复"),
        (lambda t: t["placements"][0].update(until=START), "第 1 行的结束次日没有晚于开始"),
        (lambda t: t["posts"][0].update(intensity=5), "体力劳动强度应在 1–4 之间"),
        (lambda t: t["placements"][0].update(pay=-1), "约定月报酬应在 0–"),
        (lambda t: t["pay"][1].update(month=date(2026, 3, 9)), "第 1、2 行的实习安排、月份重复"),
        (lambda t: t["placements"][0].update(kind="顶岗实习"), "实习类型应为认识实习、岗位实习之一"),
        (lambda t: t["units"][0].update(site="校办工厂"), "实习场所应为企业、校中厂"),
        (lambda t: t["staff"][0].update(staff=None), "在岗职工数没有填写"),
    ],
)  # fmt: skip
def test_facts_that_contradict_themselves_are_refused_with_their_place(spoil, why):
    tables = clean()
    spoil(tables)
    with pytest.raises(FactsRefused, match=why.replace("（", ".").replace("）", ".")):
        facts_of(tables)


def test_wrong_tables_columns_and_types_are_all_named():
    given = {
        "students": pl.DataFrame({"student": ["a"], "age": [3]}),
        "posts": pl.DataFrame({"post": ["a"]}),
        "placements": pl.DataFrame(
            {"placement": ["a"], "student": ["a"], "post": ["a"], "pay": [1.5]}
        ),
        "pupils": pl.DataFrame(),
    }
    with pytest.raises(FactsRefused) as refused:
        Facts.of(given)
    assert refused.value.problems == (
        "没有名为 pupils 的事实表。",
        "学生（students）没有 age 这一列。",
        "岗位（posts）的实习单位（unit）没有给出。",
        "实习安排（placements）的约定月报酬（pay）应为整数，现为 Float64。",
    )


# Sentences.


def test_a_sentence_says_who_what_the_limit_who_mends_and_where_it_is_written():
    tables = clean()
    tables["students"][0]["born"] = date(2010, 3, 2)
    tables["posts"][0]["same_post_wage"] = 625_001
    tables["posts"][0]["lowest_wage_grade"] = 625_000
    result = evaluate(facts_of(tables), load(on=ON), at=date(2026, 3, 1))
    said = [text for text in result.sentences() if "实发" not in text]
    notice = "《职业学校学生实习管理规定》（教职成〔2021〕4号）"
    assert said == [
        "李在甲厂：上岗当日15周岁，未满16周岁；请学校把上岗日期改到16周岁生日当日或以后"
        f"（{notice}第十六条（二））。",
        "李在甲厂：约定月报酬 4,000.00 元，至少应为 5,000.01 元；请实习单位把月报酬提到 "
        f"5,000.01 元以上（{notice}第十八条）。",
    ]


def test_every_sentence_of_a_random_world_is_whole():
    import random

    for province in PROFILES:
        facts = facts_of(random_roster(random.Random(5), size=40))
        result = evaluate(facts, load(province, on=ON), at=AT)
        for i, text in enumerate(result.sentences()):
            assert text.endswith("）。") and "{" not in text and "None" not in text
            unknown = result.violations.item(i, "outcome") == Outcome.MISSING
            assert bool(result.missing(i)) is unknown, text


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [("students", "major", "4601"), ("posts", "majors", "460103、x"), ("units", "industry", "90")],
)
def test_a_code_that_cannot_be_read_is_named_as_missing(table, column, value):
    tables = clean()
    tables["units"][0]["entertainment"] = None
    tables[table][0][column] = value
    result = evaluate(facts_of(tables), load(on=ON), at=AT)
    assert len(result) == 1 and f"{table}.{column}" in result.missing(0)


def test_the_frame_names_ids_and_words():
    tables = clean()
    tables["posts"][0]["intensity"] = 3
    frame = evaluate(facts_of(tables), load(on=ON), at=AT).frame()
    assert frame.row(0) == (
        "intensity", "《职业学校学生实习管理规定》（教职成〔2021〕4号）第十六条（七）", "阻断", "违反",
        "placements", 0, "p1", "李", "职院", "甲厂", None, 3, 3, 0,
    )  # fmt: skip


# The roster of an Excel file.

ROSTER = {
    "学生": "李", "出生日期": "2007-05-04", "性别": "女", "专业代码": "460103", "年级": 3,
    "学校": "职院", "实习类型": "岗位实习", "开始日期": "2026/3/1", "结束日期": date(2026, 8, 31),
    "实习单位": "甲厂", "行业代码": "3411", "实习场所": "企业", "依法登记": "是", "位于化工园区": "否",
    "岗位": "装配", "岗位类别": "操作", "面向专业": "460104", "未成年工禁忌": "否", "女职工禁忌": "否",
    "有害身心健康": "否", "体力劳动强度": 2, "每日实习小时": "8", "安排夜班": "否",
    "相同岗位月工资（元）": "5,000", "最低档月工资（元）": 4200, "约定月报酬（元）": "4000.00",
    "相对独立参与实际工作": "是", "在岗职工数": 10, "同类岗位在岗职工数": 10,
    "学校签订日期": "2026-02-20", "实习单位签订日期": "2026-02-20", "学生签订日期": "2026-02-20",
    "学生知情同意日期": "2026-02-20", "监护人知情同意日期": "2026-02-20",
    "保险起始日期": "2026-03-01", "保险终止日期": "2026-08-31", "保费向学生收取": "否",
    "安全培训日期": "2026-02-28", "安全考核日期": "2026-02-28", "安全考核合格": "合格",
    "向学生收费或收押金": "否", "扣押证件": "否", "中介组织或管理": "否", "强制到指定单位": "否",
    "备注": "不看",
}  # fmt: skip


def roster_problems(*changes):
    rows = [ROSTER | {"学生": f"学生{i}"} | change for i, change in enumerate(changes)]
    return evaluate_roster(rows, load(on=ON))


def test_a_whole_roster_has_no_problem():
    assert roster_problems({}) == []


def test_a_roster_names_row_column_value_and_the_second_intern_above_the_cap():
    first, second = roster_problems({}, {"约定月报酬（元）": "3999.99"})
    assert (first.row, first.heading, first.value, first.code) == (
        3,
        "在岗职工数",
        "10",
        "cap_unit",
    )
    assert (second.row, second.heading, second.value) == (3, "约定月报酬（元）", "3999.99")
    assert second.code == "wage" and "4,000.00 元" in second.text


@pytest.mark.parametrize(
    ("change", "heading", "what"),
    [
        ({"出生日期": "2007-13-01"}, "出生日期", "应为日期"),
        ({"实习类型": "顶岗实习"}, "实习类型", "应为认识实习、岗位实习之一"),
        ({"依法登记": "也许"}, "依法登记", "应填 是 或 否"),
        ({"约定月报酬（元）": "4000.001"}, "约定月报酬（元）", "最多精确到分"),
        ({"体力劳动强度": 7}, "体力劳动强度", "应在 1–4 之间"),
        ({"结束日期": "2026-02-01"}, "结束日期", "早于开始日期"),
    ],
)
def test_a_cell_that_cannot_be_read_is_a_problem_and_counts_as_not_stated(change, heading, what):
    problems = roster_problems(change)
    assert problems[0].code == "cell" and problems[0].heading == heading
    assert what in problems[0].text
    for later in problems[1:]:
        assert later.outcome is Outcome.MISSING


def test_rows_that_disagree_about_one_unit_say_so():
    problems = roster_problems({"在岗职工数": 20}, {"在岗职工数": 30})
    assert [(p.row, p.heading, p.text) for p in problems] == [
        (3, "在岗职工数", "在岗职工数与第 2 行不一致，按第 2 行判断。")
    ]


def test_an_empty_cell_is_to_be_supplied():
    (problem,) = roster_problems({"安全考核合格": ""})
    assert (problem.row, problem.heading, problem.outcome) == (2, "安全考核合格", Outcome.MISSING)
