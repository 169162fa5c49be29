from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "chanjiao.indicators"
    label = "indicators"
    verbose_name = "指标"

    def ready(self) -> None:
        from chanjiao.indicators import actions, freezing, received, received_tasks, sheets, tasks
        from chanjiao.jobs import registry
        from chanjiao.sheets.binding import register

        registry.register(actions.COMPUTE, tasks.run_compute)
        registry.register(freezing.LOCK, tasks.run_lock)
        registry.register(received.JOB_KIND, received_tasks.run_received)
        for binding in sheets.bindings():
            register(binding)
