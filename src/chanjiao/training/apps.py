from django.apps import AppConfig


class TrainingConfig(AppConfig):
    name = "chanjiao.training"
    label = "training"
    verbose_name = "双元育人"
