"""The worker's side of a report: content, Word, PDF, Excel."""

from chanjiao.documents.filling import TemplateRefused, fill_template
from chanjiao.documents.pdf import ConversionFailed, NoConverter, to_pdf
from chanjiao.indicators.computing import refresh_figures, span_of
from chanjiao.jobs.models import Job
from chanjiao.jobs.registry import Progress
from chanjiao.kernel import clock
from chanjiao.kernel.verdict import Refused
from chanjiao.reports.actions import fail_report, keep_report
from chanjiao.reports.content import Content, content_of, plain_of, public_content_of
from chanjiao.reports.enums import ReportState
from chanjiao.reports.models import Report
from chanjiao.reports.names import NAMES, PUBLIC_NAMES
from chanjiao.reports.public_template import public_template
from chanjiao.reports.template import default_template
from chanjiao.reports.workbook import Source, write_workbook

_STEPS = 5


def run_report(job: Job, progress: Progress) -> str:
    """The runner of `reports.make`. Run again it finds the report made."""
    report_pk = job.arguments["report"]
    try:
        return _make(report_pk, progress)
    except Refused as refusal:
        fail_report(report_pk, refusal.reason, at=clock.now())
        raise
    except Exception:
        fail_report(report_pk, "程序出错，没有生成。请把任务编号告诉管理员。", at=clock.now())
        raise


def _make(report_pk: int, progress: Progress) -> str:
    rows = Report.objects.select_related("period__consortium", "period__set_version")
    report = rows.select_related("template__file", "snapshot").get(pk=report_pk)
    if report.state != ReportState.MAKING:
        return f"{report}已生成。"
    progress(0, _STEPS, "正在汇总数据")
    if report.is_draft:
        refresh_figures(report.period, at=clock.now())
    gather = public_content_of if report.is_public else content_of
    content = gather(report.period, edition=report.edition, at=report.made_at)
    if (content.standing.snapshot.pk if content.standing.snapshot else None) != report.snapshot_id:
        raise Refused("生成期间年度的状态变了，没有生成。请重新生成。")
    progress(1, _STEPS, "正在写 Word")
    word = word_of(report, content)
    progress(2, _STEPS, "正在转换 PDF")
    pdf, problem = _converted(word)
    progress(3, _STEPS, "正在写 Excel")
    excel = None if report.is_public else write_workbook(source_of(report, content))
    progress(4, _STEPS, "正在保存")
    keep_report(
        report, word=word, pdf=pdf, excel=excel, content_digest=content.digest,
        said=plain_of(content) if report.is_public else {}, pdf_problem=problem, at=clock.now(),
    )  # fmt: skip
    return f"已生成{report}。{problem}"


def template_bytes(report: Report) -> bytes:
    """The template the report is made with."""
    if report.is_public:
        return public_template()
    if report.template is None:
        return default_template()
    with report.template.file.file.open("rb") as file:
        content: bytes = file.read()
    return content


def word_of(report: Report, content: Content) -> bytes:
    """The filled template; a template older than the names is refused with its broken tags."""
    try:
        return fill_template(
            template_bytes(report), content.context,
            names=PUBLIC_NAMES if report.is_public else NAMES,
            title=f"{report.period.consortium.name}{content.context['报告标题']}",
            author=f"{report.period.consortium.short_name}秘书处", made_at=report.made_at,
        )  # fmt: skip
    except TemplateRefused as refusal:
        raise Refused(f"{refusal.reason}请在“报告模板”中上传改好的模板。") from refusal


def _converted(word: bytes) -> tuple[bytes | None, str]:
    """The PDF, or why there is none: the Word file is worth having without it."""
    try:
        return to_pdf(word), ""
    except (NoConverter, ConversionFailed) as refusal:
        return None, refusal.reason


def source_of(report: Report, content: Content) -> Source:
    """What the workbook is made from: the same values as the Word file."""
    said = content.context
    return Source(
        title=f"{said['联合体名称']} {said['年度']} 年度指标",
        found=content.standing.found,
        outcomes=content.standing.outcomes,
        facts=content.facts,
        span=span_of(report.period),
        notes=(said["稿别"], f"数值截至 {said['数值时间']}", f"内容摘要 {content.digest[:16]}"),
    )
