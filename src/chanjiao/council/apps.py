from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "chanjiao.council"
    label = "council"
    verbose_name = "会议与章程"

    def ready(self) -> None:
        from chanjiao.council.sheets import BINDINGS
        from chanjiao.sheets.binding import register

        for binding in BINDINGS:
            register(binding)
