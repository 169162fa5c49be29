from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "chanjiao.reports"
    label = "reports"
    verbose_name = "报告"

    def ready(self) -> None:
        from chanjiao.jobs.registry import register
        from chanjiao.reports.actions import JOB
        from chanjiao.reports.tasks import run_report

        register(JOB, run_report)
