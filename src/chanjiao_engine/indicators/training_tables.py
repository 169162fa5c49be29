"""Fact tables of dual training: agreements, programmes, mentors, placements, results."""

from .columns import DataClass, Table, day, text, whole, yes

_U, _P, _F = DataClass.UNIT, DataClass.PERSON, DataClass.FINANCE
_SCHOOL = text(
    "unit", "学校", "统一社会信用代码", data_class=_U, level=1, refers="member"
)  # fmt: skip
_PERSON = text("person", "学生", "本包专用的化名", data_class=_P, level=3, person=True)
_MENTOR = text("mentor", "导师", "本包专用的化名", data_class=_P, level=3, person=True)

TRAINING: tuple[Table, ...] = (
    Table("agreement", "协议", "一行是一份曾经生效的协议（不含逐名学生的三方协议和同意书）", ("agreement",), (
        text("agreement", "协议编号", ""),
        text("unit", "起草单位", "统一社会信用代码；秘书处记为 OFFICE", data_class=_U, level=1),
        text("kind", "种类", "协议种类代号"),
        whole("parties", "签署方", "单位个数", "个"),
        day("signed_on", "签署完成日期", ""),
        day("starts_on", "起始日期", ""),
        day("ends_on", "终止日期", "约定的", required=False),
        day("ended_on", "实际终止日期", "", required=False),
    )),
    Table("programme", "培养项目", "一行是一个开始过的培养项目", ("programme",), (
        text("programme", "项目编号", ""),
        _SCHOOL,
        text("kind", "类型", "order、apprentice、field、college、bridge"),
        text("state", "状态", "见 training.enums.ProgrammeState"),
        whole("enterprises", "合作企业", "", "家"),
        whole("learners", "在读学生", "期末在班的学生", "人"),
        day("starts_on", "开始日期", ""),
        day("ends_on", "结束日期", "当日已结束", required=False),
    )),
    Table("programme_major", "项目专业", "一行是一个培养项目的一个专业", ("programme", "major"), (
        text("programme", "项目编号", "", refers="programme"),
        text("major", "专业", "专业代码 2021", level=1),
    )),
    Table("plan_item", "培养计划条目", "一行是联合培养计划的一条", ("programme", "item"), (
        text("programme", "项目编号", "", refers="programme"),
        text("item", "条目编号", ""),
        text("course", "课程", ""),
        whole("minutes", "学时", "", "分钟"),
        text("site", "地点", "school、factory（校中厂）、classroom（厂中校）、enterprise"),
        text("teacher", "授课方", "school、enterprise、both"),
        yes("is_core", "核心课程", ""),
        yes("is_real_project", "真实项目", ""),
    )),
    Table("enrolment", "在班学生", "一行是一名学生在一个班的一段", ("programme", "person", "starts_on"), (
        text("programme", "项目编号", "", refers="programme"),
        _PERSON,
        day("starts_on", "入班日期", ""),
        day("ends_on", "离班日期", "当日已不在班", required=False),
    )),
    Table("mentor", "导师", "一行是一名登记的导师或指导教师", ("mentor",), (
        _MENTOR,
        text("unit", "单位", "统一社会信用代码", data_class=_U, level=1, refers="member"),
        text("kind", "类别", "enterprise、school"),
        yes("is_dual", "双师型", "期末证书有效"),
        day("starts_on", "聘任开始", ""),
        day("ends_on", "聘任结束", "当日已不在聘", required=False),
    )),
    Table("mentor_hours", "导师课时", "一行是一名导师在年度内为一所学校的授课和指导", ("mentor", "school"), (
        text("mentor", "导师", "本包专用的化名", data_class=_P, level=3, person=True, refers="mentor"),
        text("school", "学校", "统一社会信用代码；没有写明为空文本", data_class=_U, level=1),
        whole("minutes", "时长", "年度内", "分钟"),
    )),
    Table("teacher_stay", "教师企业实践", "一行是一名教师在年度内到一个单位的一段实践", ("mentor", "host", "starts_on"), (
        text("mentor", "教师", "本包专用的化名", data_class=_P, level=3, person=True, refers="mentor"),
        text("host", "实践单位", "统一社会信用代码", data_class=_U, level=1, refers="member"),
        day("starts_on", "开始日期", ""),
        whole("days", "天数", "", "天"),
    )),
    Table("placement", "实习", "一行是一名学生的一段成行的实习（轮岗的一段一行）", ("placement", "stint"), (
        text("placement", "实习编号", "本包专用的化名", data_class=_P, level=3),
        whole("stint", "第几段", "", ""),
        _PERSON,
        _SCHOOL,
        text("host", "实习单位", "统一社会信用代码", data_class=_U, level=1, refers="member"),
        text("kind", "类型", "observe、post"),
        text("state", "状态", "见 training.enums.PlacementState"),
        day("starts_on", "开始日期", ""),
        day("ends_on", "结束日期", "当日已不在岗", required=False),
        whole("confirmed_minutes", "确认的学习时间", "期末前由企业导师确认的", "分钟"),
    )),
    Table("incident", "实习事件", "一行是一件已结案的实习事件", ("incident",), (
        text("incident", "事件编号", ""),
        text("host", "实习单位", "统一社会信用代码", data_class=_U, level=1),
        text("kind", "种类", "见 training.enums.IncidentKind"),
        text("severity", "程度", "minor、serious、grave"),
        day("happened_on", "发生日期", ""),
        day("closed_on", "结案日期", ""),
        yes("is_violation", "严重违规或责任事故", "结案认定"),
    )),
    Table("outcome", "毕业去向", "一行是一名毕业生一个时点的去向", ("person", "months"), (
        _PERSON,
        whole("months", "毕业后", "0、6、12", "月"),
        _SCHOOL,
        text("destination", "去向", "见 training.enums.Destination"),
        text("place", "地区", "park、city、province、elsewhere；不就业为空", required=False),
        yes("relevant", "专业对口", "不就业或无法判定为空", required=False),
        whole("wage", "月收入", "没有填报为空", "分", data_class=_F, level=3, required=False),
        day("due_on", "时点", "毕业日期加月数"),
    )),
)  # fmt: skip
