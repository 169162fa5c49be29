from django.apps import AppConfig


class NeedsConfig(AppConfig):
    name = "chanjiao.needs"
    label = "needs"
    verbose_name = "供需清单"

    def ready(self) -> None:
        from chanjiao.needs import roster, sheets
        from chanjiao.sheets.binding import register

        for binding in (*sheets.bindings(), roster.BINDING):
            register(binding)
