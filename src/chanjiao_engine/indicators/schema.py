"""The fact schema: what leaves a consortium's database, column by column.

Facts are narrow rows about one consortium and one period. Units are named by their credit code;
persons only by a pseudonym keyed for one pack, so that two packs cannot be joined on a person.
Every column has a data class and a level 1 (public) to 4 (sensitive) after JY/T 0661; docs/facts.md
is made from this file. A later package adds tables here and rows in `chanjiao.indicators.bridge`.
"""

from .columns import Column, DataClass, Table, Type, day, exact, text, whole, yes
from .training_tables import TRAINING

__all__ = ["BY_NAME", "SCHEMA_VERSION", "TABLES", "Column", "DataClass", "Table", "Type"]

SCHEMA_VERSION = "1"

_U, _G, _P, _F = DataClass.UNIT, DataClass.GOVERNANCE, DataClass.PERSON, DataClass.FINANCE
_UNIT = text("unit", "单位", "成员单位的统一社会信用代码", data_class=_U, level=1, refers="member")
_OWNER = text(
    "unit", "责任单位", "统一社会信用代码；秘书处没有代码，记为 OFFICE", data_class=_U, level=1
)

TABLES: tuple[Table, ...] = (
    Table("consortium", "联合体", "一行：本联合体", ("code",), (
        text("code", "代号", "联合体代号", data_class=_U, level=1),
        text("name", "名称", "联合体全称", data_class=_U, level=1),
        text("park", "依托园区", "园区名称", data_class=_U, level=1),
        text("division", "行政区划", "GB/T 2260 代码", data_class=_U, level=1),
        text("industries", "重点产业", "GB/T 4754 代码，顿号隔开", data_class=_U, level=1),
        whole("industry_count", "重点产业数", "重点产业代码个数", "个", data_class=_U, level=1),
        day("founded_on", "成立日期", "", data_class=_U, level=1, required=False),
        whole("secretariat_staff", "秘书处人数", "期末代表秘书处的在任人员", "人", data_class=_G),
    )),
    Table("member", "成员", "一行是一个单位的一段成员资格", ("unit", "joined_on"), (
        text("unit", "单位", "统一社会信用代码", data_class=_U, level=1),
        text("name", "单位名称", "", data_class=_U, level=1),
        text("side", "方面", "政、校、企、研", data_class=_U, level=1),
        text("kind", "类别", "government、secondary、higher_vocational、vocational_bachelor、university、enterprise、institute", data_class=_U, level=1),
        text("role", "成员角色", "见 members.enums.MemberRole", data_class=_U, level=1),
        text("division", "行政区划", "GB/T 2260 代码，可空文本", data_class=_U, level=1),
        text("industries", "行业", "GB/T 4754 代码，顿号隔开", data_class=_U, level=1),
        whole("staff", "职工人数", "", "人", data_class=_U, required=False),
        day("joined_on", "加入日期", "", data_class=_U, level=1),
        day("left_on", "退出日期", "当日已非成员", data_class=_U, level=1, required=False),
    )),
    Table("regulation", "制度", "一行是一项通过的制度（章程、议事规则等）", ("regulation",), (
        text("regulation", "制度编号", "", data_class=_G, level=1),
        text("kind", "种类", "见 council.enums.RegulationKind", data_class=_G, level=1),
        text("title", "名称", "", data_class=_G, level=1),
        day("adopted_on", "通过日期", "", data_class=_G, level=1),
        day("ended_on", "废止日期", "", data_class=_G, level=1, required=False),
    )),
    Table("body", "机构", "成员大会、理事会、秘书处、专门委员会、专家委员会", ("body",), (
        text("body", "机构编号", "", data_class=_G, level=1),
        text("kind", "种类", "见 council.enums.BodyKind", data_class=_G, level=1),
        text("name", "名称", "", data_class=_G, level=1),
        whole("seats", "席位", "期末在任席位数", "席", data_class=_G, level=1),
    )),
    Table("meeting", "会议", "一行是一次开过的会议或书面表决", ("meeting",), (
        text("meeting", "会议编号", "", data_class=_G, level=1),
        text("body", "机构编号", "", data_class=_G, level=1, refers="body"),
        text("title", "名称", "", data_class=_G, level=1),
        day("held_on", "召开日期", "", data_class=_G, level=1),
        yes("written", "书面表决", "通讯表决为真", data_class=_G, level=1),
        whole("entitled", "应到", "有表决权的席位或单位", "席", data_class=_G),
        whole("present", "实到", "含委托代理", "席", data_class=_G),
        whole("proxies", "委托", "由他人代理的", "席", data_class=_G),
        yes("quorate", "达到法定人数", "按当时章程规则判定", data_class=_G),
    )),
    Table("resolution", "决议", "一行是一项议案及其表决结果", ("resolution",), (
        text("resolution", "决议编号", "", data_class=_G, level=1),
        text("meeting", "会议编号", "", data_class=_G, level=1, refers="meeting"),
        text("title", "名称", "", data_class=_G),
        yes("passed", "通过", "按规则判定", data_class=_G),
        whole("votes_for", "赞成", "", "票", data_class=_G),
        whole("votes_against", "反对", "", "票", data_class=_G),
        whole("votes_abstained", "弃权", "", "票", data_class=_G),
        day("due_on", "办结期限", "", data_class=_G, required=False),
        day("carried_out_on", "办结日期", "", data_class=_G, required=False),
    )),
    Table("commitment", "承诺", "一行是一个成员的一项承诺", ("commitment",), (
        text("commitment", "承诺编号", "", data_class=_F),
        _UNIT,
        text("kind", "种类", "money、posts、mentors、equipment、hours；money 和 equipment 的数量是分", data_class=_F),
        exact("promised", "承诺数量", "money、equipment 为分，其余见种类", "分、个、人、小时", data_class=_F),
        day("promised_on", "承诺日期", "", data_class=_F),
        day("due_on", "兑现期限", "", data_class=_F, required=False),
    )),
    Table("delivery", "兑现", "一行是一次兑现", ("delivery",), (
        text("delivery", "兑现编号", "", data_class=_F),
        text("commitment", "承诺编号", "", data_class=_F, refers="commitment"),
        _UNIT,
        text("kind", "种类", "同承诺", data_class=_F),
        exact("quantity", "数量", "单位同承诺", "分、个、人、小时", data_class=_F),
        day("delivered_on", "兑现日期", "", data_class=_F),
    )),
    Table("need", "需求", "一行是三张清单上的一条", ("need",), (
        text("need", "编号", "清单条目编号"),
        _UNIT,
        text("kind", "清单", "post、technology、product"),
        text("quarter", "季度", "2026Q4", level=1),
        text("state", "状态", "见 needs.enums.ListingState"),
        text("post_kind", "岗位类型", "见 needs.enums.PostKind", required=False),
        text("occupation", "职业", "职业代码 2022", required=False),
        text("industry", "行业", "GB/T 4754 代码", required=False),
        whole("headcount", "人数", "", "人", required=False),
        whole("budget", "预算", "技术需求的预算", "分", data_class=_F, required=False),
        day("published_on", "发布日期", "", required=False),
        day("confirmed_on", "核实日期", "最近一次核实", required=False),
        day("answer_due_on", "答复期限", "", required=False),
    )),
    Table("need_major", "需求专业", "一行是一条岗位需求的一个专业", ("need", "major"), (
        text("need", "编号", "", refers="need"),
        text("major", "专业", "专业代码 2021", level=1),
    )),
    Table("offer", "供给", "一行是一条供给：学生批次、团队、工位", ("offer",), (
        text("offer", "编号", "清单条目编号"),
        _UNIT,
        text("kind", "清单", "cohort、team、station"),
        text("quarter", "季度", "2026Q4", level=1),
        text("state", "状态", "见 needs.enums.ListingState"),
        text("major", "专业", "学生批次的专业代码", required=False),
        whole("quantity", "数量", "学生人数、团队人数或工位数", "人、个"),
        whole("value", "设备原值", "工位的设备原值", "分", data_class=_F, required=False),
        day("published_on", "发布日期", "", required=False),
        day("confirmed_on", "核实日期", "最近一次核实", required=False),
    )),
    Table("student", "学生", "一行是一名在册学生", ("person",), (
        text("person", "学生", "本包专用的化名", data_class=_P, level=3, person=True),
        _UNIT,
        text("offer", "批次", "", data_class=_P, refers="offer"),
        text("major", "专业", "专业代码 2021", data_class=_P),
        whole("entry_year", "入学年份", "", "年", data_class=_P),
    )),
    Table("round", "匹配轮次", "一行是一轮匹配", ("round",), (
        text("round", "轮次编号", ""),
        text("kind", "类型", "见 needs.enums.PostKind"),
        text("state", "状态", "见 matching.enums.RoundState"),
        whole("students", "学生", "参加的学生", "人"),
        whole("seats", "名额", "", "人"),
        day("published_on", "公布日期", "", required=False),
    )),
    Table("match", "匹配结果", "一行是已公布轮次中一名学生的结果", ("round", "person"), (
        text("round", "轮次编号", "", refers="round"),
        text("person", "学生", "本包专用的化名", data_class=_P, level=3, person=True),
        text("unit", "学校", "学生所在学校的统一社会信用代码", data_class=_U, level=1, refers="member"),
        text("employer", "录取单位", "统一社会信用代码；未录取为空", data_class=_U, level=1, required=False),
        text("need", "录取岗位", "未录取为空", required=False),
        whole("rank", "录取志愿", "第几志愿；未录取为空", "", required=False),
    )),
    Table("task", "任务", "一行是年度计划的一项任务", ("task",), (
        text("task", "任务编号", "2-1-1", data_class=_G),
        _OWNER,
        text("name", "任务名称", "", data_class=_G),
        exact("weight", "权重", "", data_class=_G),
        exact("target", "目标值", "", data_class=_G, required=False),
        exact("current", "完成值", "期末", data_class=_G, required=False),
        day("due_on", "完成期限", "", data_class=_G),
        text("state", "状态", "见 plans.enums.TaskState", data_class=_G),
        whole("progress", "进度", "期末", "%", data_class=_G),
        text("verdict", "年终评价", "见 plans.enums.ReviewVerdict", data_class=_G, required=False),
    )),
    Table("evidence", "佐证", "一行是一份佐证材料", ("evidence",), (
        text("evidence", "佐证编号", "2-1-1-1", data_class=_G),
        _OWNER,
        text("kind", "种类", "见 plans.enums.EvidenceKind", data_class=_G),
        text("title", "名称", "", data_class=_G),
        text("digest", "摘要", "文件的 SHA-256；平台记录为其规范形式的 SHA-256", data_class=_G),
        text("state", "状态", "见 plans.enums.EvidenceState", data_class=_G),
        yes("flagged", "确认重复", "经人判定：同一文件证明了它不能同时证明的两件事；未判定的不算", data_class=_G),
        day("due_on", "提交期限", "", data_class=_G, required=False),
        day("submitted_on", "提交日期", "", data_class=_G, required=False),
        day("accepted_on", "验收日期", "", data_class=_G, required=False),
    )),
    Table("evidence_use", "佐证用途", "一行是一份佐证的一处用途", ("evidence", "purpose", "code"), (
        text("evidence", "佐证编号", "", data_class=_G, refers="evidence"),
        text("purpose", "用途", "task、indicator", data_class=_G),
        text("code", "对象", "任务编号或指标编号", data_class=_G),
    )),
    *TRAINING,
)  # fmt: skip

BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
