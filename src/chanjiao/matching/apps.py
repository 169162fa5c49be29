from django.apps import AppConfig


class MatchingConfig(AppConfig):
    name = "chanjiao.matching"
    label = "matching"
    verbose_name = "匹配轮次"

    def ready(self) -> None:
        from chanjiao.jobs.registry import register
        from chanjiao.matching.runs import JOB_KIND
        from chanjiao.matching.tasks import run_match

        register(JOB_KIND, run_match)
