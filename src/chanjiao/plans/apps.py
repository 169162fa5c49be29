from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "chanjiao.plans"
    label = "plans"
    verbose_name = "年度计划"

    def ready(self) -> None:
        from chanjiao.jobs import registry
        from chanjiao.plans import evidence_bundle, records, tasks
        from chanjiao.plans.record_kinds import all_kinds
        from chanjiao.plans.sheets import BINDING
        from chanjiao.sheets.binding import register

        register(BINDING)
        registry.register(evidence_bundle.JOB, tasks.run_bundle)
        for kind in all_kinds():
            records.register(kind)
