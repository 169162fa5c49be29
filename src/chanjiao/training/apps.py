from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "chanjiao.training"
    label = "training"
    verbose_name = "双元育人"

    def ready(self) -> None:
        from chanjiao.jobs import registry
        from chanjiao.sheets.binding import register
        from chanjiao.training import (
            archive_bundle,
            class_sheet,
            mentor_sheets,
            outcome_sheet,
            placement_sheet,
            plan_sheet,
            safeguard_sheets,
            tasks,
        )

        for binding in (
            plan_sheet.BINDING, class_sheet.BINDING, *mentor_sheets.BINDINGS, outcome_sheet.BINDING,
            placement_sheet.BINDING, *safeguard_sheets.BINDINGS,
        ):  # fmt: skip
            register(binding)
        registry.register(archive_bundle.JOB, tasks.run_class_archive)
