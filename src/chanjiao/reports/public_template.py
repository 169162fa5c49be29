"""The template of the public edition. Customers do not replace it: what it says is all there is."""

from functools import lru_cache

from chanjiao.documents.blocks import Block, Heading, Paragraph, Strong, Table
from chanjiao.documents.writing import write_word
from chanjiao.reports.template import either, figure, loop, proof_table

NAME = "公开版模板"
_HEADER = "{{ 指标集标注 }}　公开版"


@lru_cache(maxsize=1)
def public_template() -> bytes:
    """The .docx of the public edition; it may name only PUBLIC_NAMES."""
    blocks = [*_cover(), *_outline(), *_meetings(), *_indicators(), *_changes(), *_proof()]
    return write_word("", blocks, header=_HEADER)


def _cover() -> list[Block]:
    return [
        Paragraph(Strong("{{ 联合体名称 }}"), align="center", size=18),
        Paragraph(Strong("{{ 报告标题 }}（公开版）"), align="center", size=18),
        Paragraph("（{{ 期初 }} 至 {{ 期末 }}）", align="center"),
        Paragraph(
            "{{ 联合体简称 }}秘书处　{{ 生成日期 }}　第 {{ 版次 }} 版", align="center", size=12
        ),
        Paragraph(
            "{{ 指标集名称 }} 第 {{ 指标集版本 }} 版　{{ 指标集标注 }}", align="center", size=12
        ),
    ]


def _outline() -> list[Block]:
    return [
        Heading("一、联合体概况"),
        Paragraph(
            "{{ 联合体名称 }}依托{{ 依托园区 }}{% if 成立日期 != '—' %}，成立于 {{ 成立日期 }}{% endif %}"
            "{% if 重点产业 %}，重点产业为{{ 重点产业 }}{% endif %}。"
            "{{ 期末 }}有在任成员 {{ 成员总数 }} 家，其中政府部门 {{ 政府成员数 }} 家、"
            "学校 {{ 学校成员数 }} 家、企业 {{ 企业成员数 }} 家、科研机构 {{ 科研成员数 }} 家；"
            "年度内加入 {{ 本年加入数 }} 家，退出 {{ 本年退出数 }} 家。"
        ),
        figure("成员构成图"),
    ]


def _meetings() -> list[Block]:
    return [
        Heading("二、会议"),
        *either(
            "会议",
            Table(
                ["日期", "机构", "会议", "形式"],
                loop("行 in 会议", "{{ 行.日期 }}", "{{ 行.机构 }}", "{{ 行.名称 }}", "{{ 行.形式 }}"),
                widths=[3, 4, 7, 3], caption="年度内的会议，共 {{ 会议次数 }} 次",
            ),
            otherwise="年度内没有会议记录。",
        ),
    ]  # fmt: skip


def _indicators() -> list[Block]:
    return [
        Heading("三、公开的指标"),
        Paragraph(
            "按《{{ 指标集名称 }}》第 {{ 指标集版本 }} 版{% if 依据文件 %}（依据：{{ 依据文件 }}）{% endif %}"
            "计算。秘书处从中公开下列指标，数值截至 {{ 数值时间 }}。"
        ),
        *either(
            "指标",
            Table(
                ["二级", "编号", "名称", "数值", "单位", "界限", "结论", "来源"],
                loop("行 in 指标", "{{ 行.二级 }}", "{{ 行.编号 }}", "{{ 行.名称 }}", "{{ 行.数值 }}",
                     "{{ 行.单位 }}", "{{ 行.界限 }}", "{{ 行.结论 }}", "{{ 行.来源 }}"),
                widths=[2.6, 1.3, 4.2, 3.1, 1.5, 2.2, 1.9, 2.7], right=(3,),
            ),
            otherwise="本年度没有公开的指标。",
        ),
    ]  # fmt: skip


def _changes() -> list[Block]:
    return [
        Heading("四、与上一年度相比的变动和原因"),
        *either(
            "变动",
            Table(
                ["编号", "名称", "上年", "本年", "变动", "原因"],
                loop("行 in 变动", "{{ 行.编号 }}", "{{ 行.名称 }}", "{{ 行.上年 }}", "{{ 行.本年 }}",
                     "{{ 行.变动 }}", "{{ 行.原因 }}"),
                widths=[1.4, 4, 2.8, 2.8, 2.6, 5.4], right=(2, 3, 4),
            ),
            otherwise="{{ 变动说明 }}",
        ),
    ]  # fmt: skip


def _proof() -> list[Block]:
    rows = [
        ["证据包公开版", "{{ 证据包文件 }}"], ["SHA-256", "{{ 证据包摘要 }}"],
        ["公钥指纹", "{{ 公钥指纹 }}"], ["核验命令", "{{ 核验命令 }}"],
    ]  # fmt: skip
    return [Heading("五、核验"), *proof_table(rows)]
