from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "chanjiao.indicators"
    label = "indicators"
    verbose_name = "指标"

    def ready(self) -> None:
        from chanjiao.indicators.received import JOB_KIND
        from chanjiao.indicators.received_tasks import run_received
        from chanjiao.jobs.registry import register

        register(JOB_KIND, run_received)
