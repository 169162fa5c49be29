from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "chanjiao.indicators"
    label = "indicators"
    verbose_name = "指标"

    def ready(self) -> None:
<<<<<<< HEAD
        from chanjiao.indicators import actions, freezing, received, received_tasks, sheets, tasks
=======
        from chanjiao.indicators import actions, freezing, received, sheets, tasks
        from chanjiao.indicators.received_tasks import run_received
>>>>>>> main
        from chanjiao.jobs import registry
        from chanjiao.sheets.binding import register

        registry.register(actions.COMPUTE, tasks.run_compute)
        registry.register(freezing.LOCK, tasks.run_lock)
<<<<<<< HEAD
        registry.register(received.JOB_KIND, received_tasks.run_received)
=======
        registry.register(received.JOB_KIND, run_received)
>>>>>>> main
        for binding in sheets.bindings():
            register(binding)
