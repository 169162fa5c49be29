"""The template the project ships, written by code: nothing in it that cannot be read here."""

from functools import lru_cache

from chanjiao.documents.blocks import (
    Block,
    Contents,
    Heading,
    PageBreak,
    Paragraph,
    Signatures,
    Strong,
    Table,
)
from chanjiao.documents.writing import write_word

NAME = "产教联年度报告模板"
FILE_NAME = "年度报告模板.docx"
_HEADER = "{{ 指标集标注 }}{% if 稿别 != '定稿' %}　{{ 稿别 }}{% endif %}"


@lru_cache(maxsize=1)
def default_template() -> bytes:
    """The .docx a secretariat downloads, edits in Word and brings back."""
    blocks: list[Block] = [
        *_cover(), Contents(), PageBreak(), *_outline(), *_year(), *_needs(), *_promises(),
        *_indicators(), *_changes(), *_annex(), *_proof(),
    ]  # fmt: skip
    return write_word("", blocks, header=_HEADER)


def loop(walked: str, *cells: str) -> list[list[str]]:
    """Three rows of a table: the loop, the row that is repeated, the end."""
    empty = [""] * (len(cells) - 1)
    return [[f"{{%tr for {walked} %}}", *empty], list(cells), ["{%tr endfor %}", *empty]]


def either(rows: str, *blocks: Block, otherwise: str) -> list[Block]:
    """The blocks if there are rows, else a sentence."""
    return [
        Paragraph(f"{{%p if {rows} %}}", indent=False),
        *blocks,
        Paragraph("{%p else %}", indent=False),
        Paragraph(otherwise),
        Paragraph("{%p endif %}", indent=False),
    ]


def figure(name: str) -> Block:
    return Paragraph(f"{{{{ {name} }}}}", align="center", figure=True)


def _cover() -> list[Block]:
    space: list[Block] = [Paragraph("")]
    return [
        *space * 4,
        Paragraph(Strong("{{ 联合体名称 }}"), align="center", size=22),
        *space,
        Paragraph(Strong("{{ 报告标题 }}"), align="center", size=26),
        *space * 3,
        Paragraph("（{{ 期初 }} 至 {{ 期末 }}）", align="center"),
        Paragraph("第 {{ 版次 }} 版　{{ 稿别 }}", align="center"),
        *space * 5,
        Paragraph("{{ 联合体简称 }}秘书处", align="center"),
        Paragraph("{{ 生成日期 }}", align="center"),
        *space,
        Paragraph("{{ 指标集名称 }} 第 {{ 指标集版本 }} 版", align="center", size=12),
        Paragraph("{{ 指标集标注 }}", align="center", size=12),
        PageBreak(),
    ]


def _outline() -> list[Block]:
    return [
        Heading("一、联合体概况"),
        Paragraph(
            "{{ 联合体名称 }}依托{{ 依托园区 }}{% if 成立日期 != '—' %}，成立于 {{ 成立日期 }}{% endif %}"
            "{% if 重点产业 %}，重点产业为{{ 重点产业 }}{% endif %}。"
            "{{ 期末 }}有在任成员 {{ 成员总数 }} 家，其中政府部门 {{ 政府成员数 }} 家、"
            "学校 {{ 学校成员数 }} 家、企业 {{ 企业成员数 }} 家、科研机构 {{ 科研成员数 }} 家；"
            "年度内加入 {{ 本年加入数 }} 家，退出 {{ 本年退出数 }} 家。秘书处在任人员 {{ 秘书处人数 }} 人。"
        ),
        figure("成员构成图"),
        *either(
            "机构",
            Table(
                ["机构", "类别", "在任席位"],
                loop("行 in 机构", "{{ 行.名称 }}", "{{ 行.类别 }}", "{{ 行.席位 }}"),
                widths=[4, 3, 2], caption="期末的机构", right=(2,),
            ),
            otherwise="平台内没有登记机构。",
        ),
    ]  # fmt: skip


def _year() -> list[Block]:
    return [
        Heading("二、年度工作"),
        Heading("（一）会议与决议", 2),
        Paragraph(
            "年度内召开会议 {{ 会议次数 }} 次，其中 {{ 足额会议次数 }} 次达到法定人数；"
            "表决议案 {{ 决议总数 }} 项，通过 {{ 通过决议数 }} 项，期末已办结 {{ 办结决议数 }} 项，"
            "办结率 {{ 决议办结率 }}。"
        ),
        *either(
            "会议",
            Table(
                ["日期", "会议", "形式", "应到", "实到", "委托", "法定人数"],
                loop("行 in 会议", "{{ 行.日期 }}", "{{ 行.名称 }}", "{{ 行.形式 }}", "{{ 行.应到 }}",
                     "{{ 行.实到 }}", "{{ 行.委托 }}", "{{ 行.法定人数 }}"),
                widths=[3, 6, 2.4, 1.6, 1.6, 1.6, 2.4], caption="年度内的会议", right=(3, 4, 5),
            ),
            otherwise="年度内没有会议记录。",
        ),
        *either(
            "决议",
            Table(
                ["议案", "表决", "结果", "期限", "办结"],
                loop("行 in 决议", "{{ 行.名称 }}", "{{ 行.表决 }}", "{{ 行.结果 }}", "{{ 行.期限 }}",
                     "{{ 行.办结 }}"),
                widths=[5, 5, 2, 2.8, 2.8], caption="年度内的议案与办结",
            ),
            otherwise="年度内没有表决的议案。",
        ),
        Heading("（二）年度计划", 2),
        Paragraph(
            "年度计划下达任务 {{ 任务总数 }} 项，完成 {{ 完成任务数 }} 项，逾期 {{ 逾期任务数 }} 项，"
            "按权重的总进度 {{ 总进度 }}。登记佐证材料 {{ 佐证总数 }} 份，已验收 {{ 已验收佐证数 }} 份，"
            "确认重复 {{ 确认重复佐证数 }} 份。"
        ),
        *either(
            "任务",
            figure("任务进度图"),
            Table(
                ["编号", "任务", "责任单位", "目标", "完成", "进度", "评价"],
                loop("行 in 任务", "{{ 行.编号 }}", "{{ 行.名称 }}", "{{ 行.单位 }}", "{{ 行.目标 }}",
                     "{{ 行.完成 }}", "{{ 行.进度 }}", "{{ 行.评价 }}"),
                widths=[2, 6, 4.4, 2, 2, 1.8, 2.2], caption="年度任务", right=(3, 4, 5),
            ),
            otherwise="年度内没有下达任务。",
        ),
    ]  # fmt: skip


def _needs() -> list[Block]:
    return [
        Heading("三、供需与匹配"),
        Paragraph(
            "年度内发布人才需求 {{ 发布岗位数 }} 条、{{ 发布岗位人数 }} 人，技术需求 {{ 发布技术需求数 }} 条，"
            "核心产品 {{ 发布核心产品数 }} 条；发布学生批次 {{ 发布学生批次数 }} 个、{{ 发布学生人数 }} 人，"
            "团队 {{ 发布团队数 }} 个，实训工位 {{ 发布工位数 }} 个。"
        ),
        Paragraph("{%p if 发布岗位人数 or 发布学生人数 %}", indent=False),
        figure("供需图"),
        Paragraph("{%p endif %}", indent=False),
        Paragraph(
            "年度内公布匹配结果 {{ 匹配轮次数 }} 轮，参加学生 {{ 参加匹配学生数 }} 人次，"
            "录取 {{ 录取学生数 }} 人次，录取率 {{ 录取率 }}；其中录取到第一志愿 {{ 第一志愿录取数 }} 人次。"
        ),
    ]  # fmt: skip


def _promises() -> list[Block]:
    return [
        Heading("四、承诺与兑现"),
        *either(
            "承诺",
            Table(
                ["种类", "承诺", "已兑现", "兑现率", "承诺成员"],
                loop("行 in 承诺", "{{ 行.种类 }}", "{{ 行.承诺 }}", "{{ 行.兑现 }}", "{{ 行.兑现率 }}",
                     "{{ 行.成员数 }}"),
                widths=[2, 3, 3, 2, 2], right=(1, 2, 3, 4),
                caption="承诺与兑现（到期末累计，兑现以秘书处确认为准）",
            ),
            figure("承诺兑现图"),
            otherwise="没有登记的承诺。",
        ),
    ]  # fmt: skip


_INDICATOR_HEADS = ["二级", "编号", "名称", "数值", "单位", "界限", "结论", "来源"]
_INDICATOR_WIDTHS = [2.6, 1.3, 4.2, 3.1, 1.5, 2.2, 1.9, 2.7]
_INDICATOR_CELLS = ("{{ 行.编号 }}", "{{ 行.名称 }}", "{{ 行.数值 }}", "{{ 行.单位 }}",
                    "{{ 行.界限 }}", "{{ 行.结论 }}", "{{ 行.来源 }}")  # fmt: skip


def _indicators() -> list[Block]:
    empty = [""] * 7
    return [
        Heading("五、指标"),
        Paragraph(
            "按《{{ 指标集名称 }}》第 {{ 指标集版本 }} 版{% if 依据文件 %}（依据：{{ 依据文件 }}）{% endif %}"
            "计算，共 {{ 指标总数 }} 项，有数值 {{ 有值指标数 }} 项，暂无数据来源 {{ 无来源指标数 }} 项，"
            "待填报或无法计算 {{ 待填报指标数 }} 项。设有界限的指标达标 {{ 达标指标数 }} 项，"
            "未达标 {{ 未达标指标数 }} 项。数值截至 {{ 数值时间 }}。"
        ),
        Paragraph(Strong("{{ 指标集标注 }}")),
        figure("达标情况图"),
        Heading("（一）基础性与实质性指标", 2),
        Paragraph("{%p for 类 in 指标类别 %}", indent=False),
        Paragraph("{{ 类.小结 }}", keep=True),
        Table(
            _INDICATOR_HEADS,
            [
                ["{%tr for 组 in 类.二级 %}", *empty],
                ["{%tr for 行 in 组.指标 %}", *empty],
                ["{% vm %}{{ 行.二级 }}", *_INDICATOR_CELLS],
                ["{%tr endfor %}", *empty],
                ["{%tr endfor %}", *empty],
            ],
            widths=_INDICATOR_WIDTHS, right=(3,),
        ),
        Paragraph("{%p endfor %}", indent=False),
        Heading("（二）否定性指标", 2),
        Paragraph(
            "否定性指标逐项列出，不与其他指标平均。"
            "{% if 触发否决数 %}触发 {{ 触发否决数 }} 项。{% else %}没有触发。{% endif %}"
        ),
        Table(
            _INDICATOR_HEADS,
            loop("行 in 否决指标", "{{ 行.二级 }}", *_INDICATOR_CELLS),
            widths=_INDICATOR_WIDTHS, right=(3,),
        ),
    ]  # fmt: skip


def _changes() -> list[Block]:
    return [
        Heading("六、与上一年度相比的变动和原因"),
        *either(
            "变动",
            Table(
                ["编号", "名称", "上年", "本年", "变动", "原因", "主要来源"],
                loop("行 in 变动", "{{ 行.编号 }}", "{{ 行.名称 }}", "{{ 行.上年 }}", "{{ 行.本年 }}",
                     "{{ 行.变动 }}", "{{ 行.原因 }}", "{{ 行.主要来源 }}"),
                widths=[1.4, 3.6, 2.4, 2.4, 2.4, 4, 3.8], right=(2, 3, 4),
            ),
            otherwise="{{ 变动说明 }}",
        ),
    ]  # fmt: skip


def _annex() -> list[Block]:
    return [
        Heading("附件一　人工填报的数值"),
        Paragraph("下列数值由人工填报并经另一人批准，不由系统计算。"),
        *either(
            "人工填报",
            Table(
                ["编号", "名称", "值", "填报依据", "佐证", "填报人", "批准人"],
                loop("行 in 人工填报", "{{ 行.编号 }}", "{{ 行.名称 }}", "{{ 行.值 }}", "{{ 行.依据 }}",
                     "{{ 行.佐证 }}", "{{ 行.填报人 }}", "{{ 行.批准人 }}"),
                widths=[1.4, 3.4, 2.4, 5, 2.6, 2, 2], right=(2,),
            ),
            otherwise="本年度没有人工填报的数值。",
        ),
    ]  # fmt: skip


def _proof() -> list[Block]:
    rows = [["证据包文件", "{{ 证据包文件 }}"], _SHA, ["Merkle 根", "{{ 证据包根 }}"], *_PIN]
    return [
        Heading("附件二　核验"), *proof_table(rows),
        Signatures(["{{ 联合体简称 }}秘书处", "{{ 生成日期 }}"]),
    ]  # fmt: skip


_SHA = ["SHA-256", "{{ 证据包摘要 }}"]
_PIN = [["公钥指纹", "{{ 公钥指纹 }}"], ["核验命令", "{{ 核验命令 }}"]]


def proof_table(rows: list[list[str]]) -> list[Block]:
    """How to verify, and where there is a pack what of it; shared with the public edition."""
    return [
        Paragraph("{{ 核验说明 }}", keep=True),
        Paragraph("{%p if 证据包摘要 %}", indent=False),
        Table(["项目", "内容"], rows, widths=[1, 4]),
        Paragraph("{%p endif %}", indent=False),
    ]
