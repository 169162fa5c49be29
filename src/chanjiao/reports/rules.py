"""Who may make reports and change templates, and why not."""

from chanjiao.indicators.models import Period
from chanjiao.indicators.queries import published_snapshot
from chanjiao.kernel.verdict import ALLOWED, Verdict, all_of, refuse
from chanjiao.members.models import Consortium
from chanjiao.people.access import Actor
from chanjiao.reports.enums import ReportState
from chanjiao.reports.models import Report, ReportTemplate

NOT_PUBLISHED = "年度还没有发布，没有可以公开的数值。请先在“年度”中发布。"
_OFFICE_ONLY = refuse("只有秘书处可以办理。")


def is_office(actor: Actor | None, consortium: Consortium) -> bool:
    """Whether the person is of the consortium's secretariat."""
    return actor is not None and actor.acts_for(consortium.secretariat_id)


def _office(actor: Actor | None, consortium: Consortium) -> Verdict:
    return ALLOWED if is_office(actor, consortium) else _OFFICE_ONLY


def may_make(actor: Actor | None, period: Period) -> Verdict:
    """One at a time; in any state of the year, as a draft until it is locked."""
    office = _office(actor, period.consortium)
    if office and Report.objects.filter(period=period, state=ReportState.MAKING).exists():
        return refuse("本年度已有一份报告正在生成，请等它完成。")
    return office


def may_make_public(actor: Actor | None, period: Period) -> Verdict:
    """As the whole report, once the public may see the year."""
    made = may_make(actor, period)
    if made and published_snapshot(period) is None:
        return refuse(NOT_PUBLISHED)
    return made


def may_upload(actor: Actor | None, consortium: Consortium) -> Verdict:
    return _office(actor, consortium)


def may_make_default(actor: Actor | None, template: ReportTemplate) -> Verdict:
    used = refuse("已停用的模板不能作默认模板。") if template.retired_at else ALLOWED
    already = refuse("已经是默认模板。") if template.is_default else ALLOWED
    return all_of(_office(actor, template.consortium), used, already)


def may_retire(actor: Actor | None, template: ReportTemplate) -> Verdict:
    gone = refuse("已经停用。") if template.retired_at else ALLOWED
    return all_of(_office(actor, template.consortium), gone)
