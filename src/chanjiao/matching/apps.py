from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "chanjiao.matching"
    label = "matching"
    verbose_name = "匹配轮次"

    def ready(self) -> None:
        from chanjiao.jobs.registry import register
        from chanjiao.matching.runs import JOB_KIND
        from chanjiao.matching.sheets import BINDINGS
        from chanjiao.matching.tasks import run_match
        from chanjiao.sheets.binding import register as register_sheet

        register(JOB_KIND, run_match)
        for binding in BINDINGS:
            register_sheet(binding)
