from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "chanjiao.training"
    label = "training"
    verbose_name = "双元育人"

    def ready(self) -> None:
        from chanjiao.jobs import registry
        from chanjiao.training import archive_bundle, tasks

        registry.register(archive_bundle.JOB, tasks.run_class_archive)
