from django.apps import AppConfig


class CouncilConfig(AppConfig):
    name = "chanjiao.council"
    label = "council"
    verbose_name = "议事"
