"""Columns of the task book; their aliases are titles seen in consortia's own books."""

from datetime import date
from decimal import Decimal

from chanjiao.plans.codes import read_code
from chanjiao.plans.enums import Direction
from chanjiao.sheets.layout import Column, Kind, Layout

QUARTERS = (1, 2, 3, 4)
NUMBERED = ("code",)  # a customer's book may lack it: then tasks are numbered by their order
_NAMES = "一二三四"


def _quarter(number: int) -> Column:
    name = _NAMES[number - 1]
    return Column(
        f"q{number}", f"{name}季度里程碑", max_length=300,
        aliases=(f"{name}季度", f"第{name}季度", f"{name}季度目标", f"第{name}季度目标",
                 f"Q{number}", f"{number}季度", f"{name}季度计划", f"{name}季度节点"),
    )  # fmt: skip


LAYOUT = Layout(
    key="plan_tasks",
    title="任务书",
    sheet_name="任务书",
    max_rows=2_000,
    notes=(
        "任务编号是唯一标识：编号已存在的行修改该任务，编号新的行新增任务。",
        "编号如 2-1-1，依次为工作领域、任务组、任务；子任务如 2-1-1.2，须先有上级任务 2-1-1。",
        "当前值、进度、状态由进展报送和评审产生，导入时不读取。",
        "表中没有的列保持原值；有的列留空，则清空原值（日期、权重和目标方向除外）。",
    ),
    unique=(("code",),),
    columns=(
        Column("area", "工作领域", max_length=120, example="组织建设",
               aliases=("一级任务", "重点领域", "领域", "建设任务", "一级指标")),
        Column("group", "任务组", max_length=120, example="理事会运行",
               aliases=("二级任务", "任务类别", "建设内容", "二级指标", "重点任务")),
        Column("code", "任务编号", Kind.CODE, required=True, parser=read_code, example="1-1-1",
               help="如 2-1-1", aliases=("编号", "任务序号", "序号", "任务代码", "编码")),
        Column("name", "任务名称", required=True, max_length=160, example="召开年度成员大会",
               aliases=("任务", "工作任务", "任务内容", "具体任务", "三级任务", "工作内容", "任务事项")),
        Column("goal", "目标内容", max_length=500, example="全年召开两次，出席率 80% 以上",
               aliases=("目标", "年度目标", "工作目标", "预期目标", "预期成果", "目标任务", "绩效目标")),
        Column("unit", "责任单位", required=True, max_length=120, example="",
               aliases=("牵头单位", "责任部门", "承担单位", "主责单位", "负责单位", "牵头部门")),
        Column("partners", "协同单位", many=True,
               aliases=("配合单位", "参与单位", "协作单位", "配合部门", "协办单位")),
        Column("person", "责任人", max_length=60, example="李某某",
               aliases=("负责人", "联系人", "任务负责人", "具体负责人")),
        Column("leader", "分管领导", max_length=60, example="王某某",
               aliases=("责任领导", "牵头领导", "主管领导", "包保领导")),
        Column("direction", "目标方向", Kind.CHOICE, choices=Direction.choices,
               example=Direction.HIGHER, aliases=("指标方向",)),
        Column("target", "目标值", Kind.DECIMAL, places=4, example=Decimal(2),
               aliases=("年度目标值", "目标数", "指标值", "计划数", "数值")),
        Column("measure", "计量单位", max_length=20, example="次", aliases=("单位", "量纲", "目标单位")),
        Column("baseline", "基期值", Kind.DECIMAL, places=4,
               aliases=("基数", "上年值", "基础值", "上年完成", "现有基础")),
        Column("current", "当前值", Kind.DECIMAL, places=4, locked=True,
               aliases=("完成值", "已完成", "完成数", "当前完成", "实际值")),
        Column("weight", "权重", Kind.DECIMAL, places=4, minimum=Decimal(0), example=Decimal(2),
               aliases=("分值", "权重（%）", "赋分")),
        Column("starts_on", "开始日期", Kind.DATE, example=date(2026, 1, 1),
               aliases=("开始时间", "启动时间", "起始时间", "起始日期")),
        Column("due_on", "完成期限", Kind.DATE, example=date(2026, 12, 31),
               aliases=("完成时间", "完成时限", "截止时间", "截止日期", "结束时间", "时限", "完成日期")),
        *(_quarter(number) for number in QUARTERS),
        Column("indicators", "关联指标", many=True, aliases=("对应指标", "指标编号", "支撑指标")),
        Column("progress", "进度", Kind.INTEGER, unit="%", locked=True,
               aliases=("完成进度", "进展", "完成率")),
        Column("state", "状态", locked=True, aliases=("任务状态", "完成情况", "完成状态")),
    ),
)  # fmt: skip
