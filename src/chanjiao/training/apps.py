from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "chanjiao.training"
    label = "training"
    verbose_name = "双元育人"

    def ready(self) -> None:
        from chanjiao.sheets.binding import register
        from chanjiao.training import safeguard_sheets

        for binding in safeguard_sheets.BINDINGS:
            register(binding)
