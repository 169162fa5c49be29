"""Every rule at its edge: the last value that is allowed, and the first that is not.

Each case changes one roster without fault and names the rule and where it is written; nothing but
that rule may then be found.
"""

from datetime import date

import pytest

from chanjiao_engine.redlines import PROFILES, RULES, evaluate, load
from tests.engine.redlines.rosters import AT, START, UNTIL, clean, codes, facts_of, findings

NOTICE = "教职成〔2021〕4号"
A16, A18 = f"{NOTICE}第十六条", f"{NOTICE}第十八条"
DAY = date(2026, 2, 28)  # the day before START

# (where it is written, code, changes, broken?)
CASES = [
    (f"{A16}（一）一年级", "grade_first_year", {"placements.grade": 2}, False),
    (f"{A16}（一）一年级", "grade_first_year", {"placements.grade": 1}, True),
    (f"{A16}（二）16周岁生日当日", "age_under_16", {"students.born": date(2010, 3, 1)}, False),
    (f"{A16}（二）生日前一日", "age_under_16", {"students.born": date(2010, 3, 2)}, True),
    (f"{A16}（三）18周岁生日当日", "minor_hazard",
     {"students.born": date(2008, 3, 1), "posts.minor_forbidden": True}, False),
    (f"{A16}（三）17周岁", "minor_hazard",
     {"students.born": date(2008, 3, 2), "posts.minor_forbidden": True}, True),
    (f"{A16}（三）2月29日生，平年3月1日已满", "minor_hazard",
     {"students.born": date(2008, 2, 29), "posts.minor_forbidden": True}, False),
    (f"{A16}（三）化工园区内、场所外", "minor_chemical",
     {"students.born": date(2009, 1, 1), "units.chemical_park": True}, False),
    (f"{A16}（三）危险化学品场所", "minor_chemical",
     {"students.born": date(2009, 1, 1), "posts.chemical_site": True}, True),
    (f"{A16}（三）成年", "minor_chemical", {"posts.chemical_site": True}, False),
    (f"{A16}（四）女", "female_hazard", {"posts.female_forbidden": True}, True),
    (f"{A16}（四）男", "female_hazard",
     {"posts.female_forbidden": True, "students.sex": "男"}, False),
    (f"{A16}（五）歌舞厅", "venue", {"units.industry": "R9011"}, True),
    (f"{A16}（五）网吧", "venue", {"units.industry": "9013"}, True),
    (f"{A16}（五）酒吧", "venue", {"units.industry": "6233"}, True),
    (f"{A16}（五）咖啡馆", "venue", {"units.industry": "6232"}, False),
    (f"{A16}（五）洗浴", "venue", {"units.industry": "8051", "units.entertainment": None}, True),
    (f"{A16}（五）标明", "venue", {"units.entertainment": True}, True),
    (f"{A16}（六）中介", "intermediary", {"declarations.intermediary": True}, True),
    (f"{A16}（六）自行组织", "intermediary", {"declarations.intermediary": False}, False),
    (f"{A16}（七）第Ⅲ级", "intensity", {"posts.intensity": 3}, True),
    (f"{A16}（七）第Ⅱ级", "intensity", {"posts.intensity": 2}, False),
    (f"{A16}（七）有害", "hazard", {"posts.harmful": True}, True),
    (f"{A16}（七）无害", "hazard", {"posts.harmful": False}, False),
    (f"{NOTICE} 跨专业大类", "major_group", {"posts.majors": "470103"}, True),
    (f"{NOTICE} 同一大类，中职与高职", "major_group", {"posts.majors": "660103、710201"}, False),
    (f"{NOTICE}第二条 校中厂", "site", {"units.site": "校中厂"}, False),
    (f"{NOTICE}第二条 校中厂未登记", "site",
     {"units.site": "校中厂", "units.registered": False}, True),
    (f"{NOTICE}第二条 厂中校未登记", "site",
     {"units.site": "厂中校", "units.registered": False}, True),
    (f"{NOTICE} 8小时", "hours", {"posts.daily_minutes": 480}, False),
    (f"{NOTICE} 8小时多1分钟", "hours", {"posts.daily_minutes": 481}, True),
    (f"{NOTICE} 夜班", "night_shift", {"posts.night": True}, True),
    (f"{NOTICE} 白班", "night_shift", {"posts.night": False}, False),
    (f"{NOTICE} 当日8小时", "hours_worked", {"shifts.worked": 480}, False),
    (f"{NOTICE} 当日加班1分钟", "hours_worked", {"shifts.worked": 481}, True),
    (f"{NOTICE} 22:00下班", "night_worked", {"shifts.until_minute": 1320}, False),
    (f"{NOTICE} 22:01下班", "night_worked", {"shifts.until_minute": 1321}, True),
    (f"{NOTICE} 6:00上班", "night_worked", {"shifts.from_minute": 360}, False),
    (f"{NOTICE} 5:59上班", "night_worked", {"shifts.from_minute": 359}, True),
    (f"{NOTICE} 协议上岗前一日签", "agreement", {"agreements.school_on": DAY}, False),
    (f"{NOTICE} 协议上岗当日签", "agreement", {"agreements.student_on": START}, True),
    (f"{NOTICE} 学生前一日签字", "consent_student", {"consents.student_on": DAY}, False),
    (f"{NOTICE} 学生当日签字", "consent_student", {"consents.student_on": START}, True),
    (f"{NOTICE} 监护人前一日签字", "consent_guardian", {"consents.guardian_on": DAY}, False),
    (f"{NOTICE} 监护人当日签字", "consent_guardian", {"consents.guardian_on": START}, True),
    (f"{NOTICE} 强制", "forced", {"declarations.forced": True}, True),
    (f"{NOTICE} 不强制", "forced", {"declarations.forced": False}, False),
    (f"{NOTICE} 保险保到最后一日", "insurance", {"insurance.until": UNTIL}, False),
    (f"{NOTICE} 保险少一日", "insurance", {"insurance.until": date(2026, 8, 31)}, True),
    (f"{NOTICE} 保险晚一日", "insurance", {"insurance.since": date(2026, 3, 2)}, True),
    (f"{NOTICE} 保费向学生收", "insurance_charged", {"insurance.charged": True}, True),
    (f"{NOTICE} 保费不收", "insurance_charged", {"insurance.charged": False}, False),
    (f"{NOTICE} 上岗当日培训", "training", {"training.trained_on": START}, False),
    (f"{NOTICE} 上岗次日培训", "training", {"training.trained_on": date(2026, 3, 2)}, True),
    (f"{NOTICE} 上岗当日考核", "test", {"training.tested_on": START}, False),
    (f"{NOTICE} 上岗次日考核", "test", {"training.tested_on": date(2026, 3, 2)}, True),
    (f"{NOTICE} 考核不合格", "test", {"training.passed": False}, True),
    (f"{A18} 恰为80%", "wage", {"posts.lowest_wage_grade": 450_000}, False),
    (f"{A18} 少1分", "wage",
     {"posts.lowest_wage_grade": 450_000, "placements.pay": 399_999}, True),
    (f"{A18} 恰为最低档", "wage", {"posts.same_post_wage": 600_000}, False),
    (f"{A18} 比最低档少1分", "wage",
     {"posts.same_post_wage": 600_000, "placements.pay": 399_999}, True),
    (f"{A18} 不相对独立的不适用", "wage", {"placements.independent": False,
     "posts.same_post_wage": 600_000, "posts.lowest_wage_grade": 400_001}, False),
    (f"{A18} 足月少1分", "wage_month", {"pay.paid": 399_999, "pay.due": 399_999}, True),
    (f"{A18} 足月到线", "wage_month", {"pay.paid": 400_000}, False),
    (f"{A18} 足额", "pay_full", {"pay.due": 400_000}, False),
    (f"{A18} 少发1分", "pay_full", {"pay.due": 400_001}, True),
    (f"{A18} 货币", "pay_money", {"pay.money": True}, False),
    (f"{A18} 代金券", "pay_money", {"pay.money": False}, True),
    (f"{A18} 直接", "pay_direct", {"pay.direct": True}, False),
    (f"{A18} 第三方转发", "pay_direct", {"pay.direct": False}, True),
    (f"{A18} 次月月末发", "pay_late", {"pay.paid_on": date(2026, 4, 30)}, False),
    (f"{A18} 过了1个月", "pay_late", {"pay.paid_on": date(2026, 5, 1)}, True),
    (f"{A18} 缺一个月", "pay_missing",
     {"pay.month": date(2025, 12, 1), "pay.paid_on": date(2026, 1, 5)}, True),
    (f"{A18} 月份写在月中", "pay_missing", {"pay.month": date(2026, 3, 15)}, False),
    (f"{NOTICE} 收费", "fees", {"declarations.fees": True}, True),
    (f"{NOTICE} 不收费", "fees", {"declarations.fees": False}, False),
    (f"{NOTICE} 扣证件", "documents_held", {"declarations.documents_held": True}, True),
    (f"{NOTICE} 不扣证件", "documents_held", {"declarations.documents_held": False}, False),
    (f"{NOTICE} 恰为10%", "cap_unit", {"staff.staff": 10}, False),
    (f"{NOTICE} 超过10%", "cap_unit", {"staff.staff": 9}, True),
]  # fmt: skip


def changed(changes):
    tables = clean()
    for name, value in changes.items():
        table, column = name.split(".")
        tables[table][0][column] = value
    return tables


def test_the_roster_without_fault_has_none_anywhere():
    for province in PROFILES:
        assert findings(clean(), province=province) == []


@pytest.mark.parametrize(
    ("where", "code", "changes", "broken"), CASES, ids=[f"{c[1]}-{c[3]}" for c in CASES]
)
def test_edge(where, code, changes, broken):
    expected = [(code, 1)] if broken else []
    assert [one for one in codes(changed(changes)) if one[1] == 1] == expected, where
    article = next(rule for rule in RULES if rule.code == code).article
    assert article in where


def test_every_rule_has_an_edge_on_both_sides():
    """But the two of which a case needs more than one row; they have tests of their own."""
    wanted = {rule.code for rule in RULES} - {"cap_kind", "staff_yearly"}
    for side in (True, False):
        assert {code for _, code, _, broken in CASES if broken is side} == wanted


def test_in_a_chemical_park_a_minors_post_must_say_where_it_is():
    """未成年工特殊保护规定：inside the park the post must be stated; outside, and for adults, not."""
    for born, park, expected in (
        (date(2009, 1, 1), True, [("minor_chemical", 2)]),
        (date(2009, 1, 1), None, [("minor_chemical", 2)]),
        (date(2009, 1, 1), False, []),
        (date(2008, 3, 1), True, []),
    ):
        tables = changed({
            "students.born": born, "units.chemical_park": park, "posts.chemical_site": None,
        })  # fmt: skip
        assert codes(tables) == expected


def test_16th_birthday_of_29_february():
    """第十六条（二）：born on 29 February 2008, the 16th birthday is 29 February 2024 itself."""
    tables = changed({"students.born": date(2008, 2, 29)})
    for start, expected in ((date(2024, 2, 28), True), (date(2024, 2, 29), False)):
        tables["placements"][0]["starts"] = start
        tables["placements"][0]["until"] = None
        assert (("age_under_16", 1) in codes(tables)) is expected


def test_18th_birthday_of_29_february():
    """未成年工特殊保护规定：born on 29 February 2008, still 17 on 28 February 2026."""
    tables = changed({"students.born": date(2008, 2, 29), "posts.minor_forbidden": True})
    for start, expected in ((DAY, True), (START, False)):
        tables["placements"][0]["starts"] = start
        assert (("minor_hazard", 1) in codes(tables)) is expected


def test_a_start_on_29_february_counts_back_to_the_28th():
    tables = changed({"placements.starts": date(2028, 2, 29), "placements.until": date(2028, 3, 1)})
    for signed, broken in ((date(2028, 2, 28), False), (date(2028, 2, 29), True)):
        tables["agreements"][0]["unit_on"] = signed
        assert (("agreement", 1) in codes(tables)) is broken


def test_first_year_and_hours_do_not_ask_a_visit():
    """认识实习：第十六条（一）（二）只对岗位实习；（三）至（七）对所有实习。"""
    tables = changed({
        "placements.kind": "认识实习", "placements.grade": 1, "students.born": date(2011, 1, 1),
        "posts.daily_minutes": 600, "posts.minor_forbidden": True,
    })  # fmt: skip
    assert codes(tables) == [("minor_hazard", 1)]


def test_two_shifts_of_a_day_are_one_day():
    tables = clean()
    more = tables["shifts"][0] | {"from_minute": 1080, "until_minute": 1081, "worked": None}
    tables["shifts"].append(more)
    assert findings(tables) == [("hours_worked", 1, 0, date(2026, 3, 2), 481, 480)]
    more["day"] = date(2026, 3, 3)
    assert findings(tables) == []


def test_a_shift_past_midnight_is_night_work():
    tables = changed({"shifts.from_minute": 1200, "shifts.until_minute": 1560})
    assert codes(tables) == [("night_worked", 1)]


def test_policies_join_and_a_hole_between_them_is_found():
    tables = clean()
    tables["insurance"][0]["until"] = date(2026, 5, 1)
    second = tables["insurance"][0] | {"since": date(2026, 5, 1), "until": UNTIL}
    tables["insurance"].append(second)
    assert findings(tables) == []
    second["since"] = date(2026, 5, 2)
    assert [f[:2] for f in findings(tables)] == [("insurance", 1)]


def test_fee_rows_count_even_where_the_school_declares_none():
    tables = clean()
    fee = {"placement": "p1", "item": "押金", "on": START, "amount": 1}
    tables["fees"] = [fee]
    assert findings(tables) == [("fees", 1, 0, None, 1, None)]
    fee["amount"] = None
    assert codes(tables) == [("fees", 2)]


def test_pay_is_missing_only_when_its_month_after_has_ended():
    """第十八条：原则上支付周期不得超过1个月。July's pay may come until 31 August."""
    tables = clean()
    tables["pay"] = tables["pay"][:4]
    assert codes(tables, at=date(2026, 8, 31)) == []
    assert findings(tables, at=date(2026, 9, 1)) == [
        ("pay_missing", 1, 0, date(2026, 7, 1), (date(2026, 7, 1) - date(1970, 1, 1)).days, None)
    ]


def test_a_month_not_wholly_worked_has_no_floor():
    tables = changed({"placements.starts": date(2026, 3, 2), "pay.paid": 10, "pay.due": 10})
    assert [c for c in codes(tables) if c[0] == "wage_month"] == []


def test_staff_counted_more_than_a_year_ago():
    tables = changed({"placements.until": None})
    tables["staff"][0]["since"] = date(2025, 9, 14)  # AT is 15 September 2026: 366 days
    assert ("staff_yearly", 1) not in codes(tables)
    tables["staff"][0]["since"] = date(2025, 9, 13)
    assert ("staff_yearly", 1) in codes(tables)


# Province profiles.


def test_jiangsu_pays_at_least_the_hourly_minimum():
    """江苏：22.00 an hour; 160 hours are 3,520.00."""
    tables = changed({"placements.independent": False})
    tables["pay"][0] |= {"paid": 352_000, "due": 352_000}
    assert codes(tables, province="江苏") == []
    tables["pay"][0] |= {"paid": 351_999, "due": 351_999}
    assert codes(tables, province="江苏") == [("pay_hourly", 1)]
    assert codes(tables) == []


@pytest.mark.parametrize(
    ("column", "code"), [("filed_on", "filing"), ("mental_health_on", "mental_health")]
)
def test_henan_files_and_assesses_before_the_start(column, code):
    for value, expected in ((START, []), (date(2026, 3, 2), [(code, 1)]), (None, [(code, 2)])):
        tables = changed({f"declarations.{column}": value})
        assert codes(tables, province="河南") == expected
        assert codes(tables) == []


@pytest.mark.parametrize("province", ["湖北", "山西"])
def test_eight_hours_are_explicit_and_nobody_may_override(province):
    tables = changed({"posts.daily_minutes": 481})
    tables["overrides"] = [{"placement": "p1", "rule": "hours", "by": "主管部门", "proof": "回执"}]
    assert codes(tables) == [("hours", 3)]
    assert codes(tables, province=province) == [("hours", 1)]
    result = evaluate(facts_of(tables), load(province, on=START), at=AT)
    assert province in result.explain(0)
    assert result.refused == ("豁免第 1 行：“实习每日不超过8小时”不允许豁免。",)
