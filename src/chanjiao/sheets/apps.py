from django.apps import AppConfig


class SheetsConfig(AppConfig):
    name = "chanjiao.sheets"
    label = "sheets"
    verbose_name = "表格导入"

    def ready(self) -> None:
        from chanjiao.jobs.registry import register
        from chanjiao.sheets import actions, tasks

        register(actions.CHECK, tasks.run_check)
        register(actions.WRITE, tasks.run_write)
