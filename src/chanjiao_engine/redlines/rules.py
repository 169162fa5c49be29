"""The national rules as data: code, source, text, when it asks, what it does, who mends.

Article numbers stand only where the article's own text was read; elsewhere the notice and the
words of the rule. The codes are part of stored findings and never change; those of pairs that the
matching also bars are the same as there. How a rule is asked is in `checks.py`, by the same code.
"""

from dataclasses import dataclass
from datetime import date

from .limits import NOTICE, NOTICE_SINCE
from .terms import Measure, Party, Severity, Stage, Status


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    `table`: whose rows it is asked of. `internship`: asked of 岗位实习 only, not of 认识实习.
    `needs`: the facts it looks at, `table.column`; the first is where the value stands.
    `finds` says what is wrong ({seen}, {limit}, {day}); `mend` what `mender` does about it.
    `waiver`: who may override, where the law says 原则上 or 一般, and with what `proof`.
    In force on [since, until).
    """

    code: str
    text: str
    stage: Stage
    needs: tuple[str, ...]
    measure: Measure
    finds: str
    mender: Party
    mend: str
    article: str = ""
    source: str = NOTICE
    severity: Severity = Severity.BLOCK
    table: str = "placements"
    internship: bool = True
    waiver: Party | None = None
    proof: str = ""
    status: Status = Status.CHECKED
    since: date = NOTICE_SINCE
    until: date | None = None

    @property
    def cites(self) -> str:
        """Source and article in one text."""
        return self.source + self.article


_KIND, _START, _END = "placements.kind", "placements.starts", "placements.until"
_WAGES = ("posts.same_post_wage", "posts.lowest_wage_grade", "placements.independent")
_FILED = "备案回执"

_WHO: tuple[Rule, ...] = (
    Rule(
        "grade_first_year", "不得安排、接收一年级在校学生进行岗位实习", Stage.GATE,
        ("placements.grade", _KIND), Measure.GRADE, "上岗当日在读{seen}年级",
        Party.SCHOOL, "改为认识实习，或升入{limit}年级后再安排", "第十六条（一）",
    ),
    Rule(
        "age_under_16", "不得安排、接收未满16周岁的学生进行岗位实习", Stage.GATE,
        ("students.born", _START, _KIND), Measure.YEARS, "上岗当日{seen}周岁，未满{limit}周岁",
        Party.SCHOOL, "把上岗日期改到{limit}周岁生日当日或以后", "第十六条（二）",
    ),
    Rule(
        "minor_hazard", "不得安排未成年学生从事《未成年工特殊保护规定》中禁忌从事的劳动", Stage.GATE,
        ("posts.minor_forbidden", "students.born", _START), Measure.YEARS,
        "上岗当日{seen}周岁，岗位属于未成年工禁忌劳动", Party.SCHOOL, "另行安排岗位",
        "第十六条（三）", internship=False,
    ),
    Rule(
        "minor_chemical", "不得安排未成年学生在危险化学品场所从事禁忌劳动", Stage.GATE,
        ("posts.chemical_site", "units.chemical_park", "students.born", _START), Measure.YEARS,
        "上岗当日{seen}周岁，岗位在危险化学品场所内", Party.SCHOOL, "另行安排场所外的岗位",
        "第十六条（三）", internship=False, status=Status.OPEN,
    ),
    Rule(
        "female_hazard", "不得安排实习的女学生从事《女职工劳动保护特别规定》中禁忌从事的劳动",
        Stage.GATE, ("posts.female_forbidden", "students.sex"), Measure.FLAG,
        "岗位属于女职工禁忌劳动", Party.SCHOOL, "另行安排岗位", "第十六条（四）", internship=False,
    ),
    Rule(
        "major_group", "实习岗位应与所学专业对口或相近，原则上不得跨专业大类安排实习", Stage.GATE,
        ("students.major", "posts.majors"), Measure.FIELD, "所学专业与岗位面向的专业不在同一专业大类",
        Party.SCHOOL, "另行安排对口岗位，或附上论证意见", waiver=Party.SCHOOL,
        proof="专业相关性论证意见",
    ),
)  # fmt: skip

_WHERE: tuple[Rule, ...] = (
    Rule(
        "venue", "不得安排学生到酒吧、夜总会、歌厅、洗浴中心、电子游戏厅、网吧等营业性娱乐场所实习",
        Stage.GATE, ("units.industry", "units.entertainment"), Measure.FLAG,
        "实习单位属于营业性娱乐场所", Party.SCHOOL, "另行安排实习单位", "第十六条（五）", internship=False,
    ),
    Rule(
        "intermediary", "不得通过中介机构或有偿代理组织、安排和管理学生实习工作", Stage.GATE,
        ("declarations.intermediary",), Measure.FLAG, "由中介机构或有偿代理组织、管理", Party.SCHOOL,
        "终止代理，由学校直接组织", "第十六条（六）", internship=False,
    ),
    Rule(
        "intensity", "不得安排学生从事Ⅲ级强度及以上体力劳动", Stage.GATE, ("posts.intensity",),
        Measure.LEVEL, "岗位体力劳动强度为第{seen}级，第{limit}级起不得安排", Party.UNIT,
        "调整岗位或降低劳动强度", "第十六条（七）", internship=False,
    ),
    Rule(
        "hazard", "不得安排学生从事其他有害身心健康的实习", Stage.GATE, ("posts.harmful",),
        Measure.FLAG, "岗位有害身心健康", Party.UNIT, "调整岗位", "第十六条（七）", internship=False,
    ),
    Rule(
        "site", "校内或园区的生产性实训基地、校中厂、厂中校等，依法成立或登记的方可作为实习单位",
        Stage.GATE, ("units.registered", "units.site"), Measure.FLAG, "实习场所没有依法登记",
        Party.UNIT, "办理登记，取得法人或非法人组织资格", "第二条", internship=False,
    ),
    Rule(
        "cap_unit", "岗位实习学生一般不超过实习单位在岗职工总数的10%", Stage.GATE,
        ("staff.staff", _START, _KIND), Measure.COUNT,
        "{day} 岗位实习学生排到第{seen}人，按在岗职工数最多{limit}人", Party.SCHOOL,
        "错开上岗日期或另行安排实习单位", waiver=Party.AUTHORITY, proof=_FILED, status=Status.OPEN,
    ),
    Rule(
        "cap_kind", "在具体岗位实习的学生一般不高于同类岗位在岗职工总人数的20%", Stage.GATE,
        ("staff.staff", "posts.kind", _START, _KIND), Measure.COUNT,
        "{day} 同类岗位实习学生排到第{seen}人，按同类岗位在岗职工数最多{limit}人", Party.SCHOOL,
        "错开上岗日期或另行安排岗位", waiver=Party.AUTHORITY, proof=_FILED, status=Status.OPEN,
    ),
    Rule(
        "staff_yearly", "在岗职工数每年核一次", Stage.YEARLY, ("staff.since",), Measure.DATE,
        "在岗职工数统计于 {seen}，应在 {limit} 或以后", Party.UNIT, "重新填报在岗职工数",
        source="平台约定", severity=Severity.WARN, table="units", status=Status.OPEN,
    ),
)  # fmt: skip

_HOURS: tuple[Rule, ...] = (
    Rule(
        "hours", "实习每日不超过8小时，原则上不得安排加班", Stage.GATE, ("posts.daily_minutes", _KIND),
        Measure.MINUTES, "岗位每日安排 {seen}，超过 {limit}", Party.UNIT, "把每日时间减到 {limit}以内",
        waiver=Party.AUTHORITY, proof=_FILED, status=Status.OPEN,
    ),
    Rule(
        "night_shift", "原则上不得安排学生上夜班（22:00—次日6:00）", Stage.GATE,
        ("posts.night", _KIND), Measure.FLAG, "岗位安排夜班", Party.UNIT, "改为白班",
        waiver=Party.AUTHORITY, proof=_FILED, status=Status.OPEN,
    ),
    Rule(
        "hours_worked", "实习每日不超过8小时，原则上不得安排加班", Stage.IN_FLIGHT,
        ("shifts.worked", _KIND), Measure.MINUTES, "{day} 工作 {seen}，超过 {limit}", Party.UNIT,
        "停止加班并安排补休", table="days", waiver=Party.AUTHORITY, proof=_FILED, status=Status.OPEN,
    ),
    Rule(
        "night_worked", "原则上不得安排学生上夜班（22:00—次日6:00）", Stage.IN_FLIGHT,
        ("shifts.until_minute", "shifts.from_minute", _KIND), Measure.MINUTE_OF_DAY,
        "{day} 的班次有一段在夜间（{seen}）", Party.UNIT, "改为白班", table="shifts",
        waiver=Party.AUTHORITY, proof=_FILED, status=Status.OPEN,
    ),
)  # fmt: skip

_PAPERS: tuple[Rule, ...] = (
    Rule(
        "agreement", "学生参加岗位实习前，学校、实习单位、学生三方须签订实习协议", Stage.GATE,
        ("agreements.school_on", "agreements.unit_on", "agreements.student_on", _START, _KIND),
        Measure.DATE, "三方协议 {seen} 才签齐，最迟应在 {limit}", Party.SCHOOL,
        "签齐协议后重新确定上岗日期",
    ),
    Rule(
        "consent_student", "安排岗位实习应当取得学生签字的知情同意书", Stage.GATE,
        ("consents.student_on", _START, _KIND), Measure.DATE, "学生 {seen} 才签字，最迟应在 {limit}",
        Party.STUDENT, "签字后由学校重新确定上岗日期",
    ),
    Rule(
        "consent_guardian", "安排岗位实习应当取得法定监护人（或家长）签字的知情同意书", Stage.GATE,
        ("consents.guardian_on", _START, _KIND), Measure.DATE,
        "监护人（家长）{seen} 才签字，最迟应在 {limit}", Party.GUARDIAN, "签字后由学校重新确定上岗日期",
    ),
    Rule(
        "forced", "不得强制安排学生到指定单位实习", Stage.GATE, ("declarations.forced", _KIND),
        Measure.FLAG, "强制到指定单位实习", Party.SCHOOL, "让学生另选符合条件的单位",
    ),
    Rule(
        "insurance", "实习责任保险应覆盖实习全程", Stage.GATE, ("insurance.since", _START, _END, _KIND),
        Measure.DATE, "保险没有覆盖 {seen} 起的实习", Party.SCHOOL, "补投保险，保到实习结束",
        status=Status.OPEN,
    ),
    Rule(
        "insurance_charged", "实习责任保险的费用不得向学生收取", Stage.GATE,
        ("insurance.charged", _KIND), Measure.FLAG, "保费向学生收取", Party.SCHOOL, "退还保费",
        status=Status.OPEN,
    ),
    Rule(
        "training", "上岗前应当接受安全培训", Stage.GATE, ("training.trained_on", _START, _KIND),
        Measure.DATE, "安全培训在 {seen}，最迟应在 {limit}", Party.UNIT, "先培训后上岗",
        status=Status.OPEN,
    ),
    Rule(
        "test", "上岗前应当通过安全考核", Stage.GATE,
        ("training.tested_on", "training.passed", _START, _KIND), Measure.DATE,
        "安全考核（{seen}）没有在 {limit} 或以前合格", Party.UNIT, "补考合格后上岗", status=Status.OPEN,
    ),
)  # fmt: skip

_MONEY: tuple[Rule, ...] = (
    Rule(
        "wage", "报酬原则上不低于本单位相同岗位工资标准的80%或最低档工资标准", Stage.GATE,
        ("placements.pay", *_WAGES, _KIND), Measure.FEN, "约定月报酬 {seen}，至少应为 {limit}",
        Party.UNIT, "把月报酬提到 {limit}以上", "第十八条", waiver=Party.SCHOOL,
        proof="按工作量、强度、时间确定报酬的说明",
    ),
    Rule(
        "wage_month", "报酬原则上不低于本单位相同岗位工资标准的80%或最低档工资标准", Stage.IN_FLIGHT,
        ("pay.paid", *_WAGES, _START, _END, _KIND), Measure.FEN, "{day}实发 {seen}，至少应为 {limit}",
        Party.UNIT, "补发差额", "第十八条", table="pay", waiver=Party.SCHOOL,
        proof="按工作量、强度、时间确定报酬的说明",
    ),
    Rule(
        "pay_full", "报酬应当足额支付", Stage.IN_FLIGHT, ("pay.paid", "pay.due", _KIND), Measure.FEN,
        "{day}实发 {seen}，应发 {limit}", Party.UNIT, "补足差额", "第十八条", table="pay",
    ),
    Rule(
        "pay_money", "报酬以货币支付，不得以物品或代金券等代替", Stage.IN_FLIGHT, ("pay.money", _KIND),
        Measure.FLAG, "{day}没有以货币支付", Party.UNIT, "改发货币", "第十八条", table="pay",
    ),
    Rule(
        "pay_direct", "报酬直接支付给学生，不得经过第三方转发", Stage.IN_FLIGHT, ("pay.direct", _KIND),
        Measure.FLAG, "{day}没有直接付给学生", Party.UNIT, "改为直接付给学生", "第十八条", table="pay",
    ),
    Rule(
        "pay_late", "报酬原则上支付周期不得超过1个月", Stage.IN_FLIGHT, ("pay.paid_on", _KIND),
        Measure.DATE, "{day}的报酬 {seen} 才发，应早于 {limit}", Party.UNIT, "按月发放", "第十八条",
        table="pay", severity=Severity.WARN,
    ),
    Rule(
        "pay_missing", "报酬按月及时支付", Stage.IN_FLIGHT, ("pay.month",), Measure.MONTH,
        "{seen} 没有发放报酬的记录", Party.UNIT, "补发并登记", "第十八条", table="months",
    ),
    Rule(
        "fees", "不得向学生收取实习押金、培训费、提成、管理费等任何形式的实习费用", Stage.GATE,
        ("declarations.fees", "fees.amount"), Measure.FEN, "向学生收费或收押金（登记金额：{seen}）", Party.SCHOOL,
        "全部退还学生", internship=False,
    ),
    Rule(
        "documents_held", "不得扣押学生的学生证、居民身份证或其他证件", Stage.GATE,
        ("declarations.documents_held",), Measure.FLAG, "扣押学生证件", Party.UNIT, "立即归还证件",
        internship=False,
    ),
)  # fmt: skip

RULES: tuple[Rule, ...] = (*_WHO, *_WHERE, *_HOURS, *_PAPERS, *_MONEY)
