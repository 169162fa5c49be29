from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "chanjiao.indicators"
    label = "indicators"
    verbose_name = "指标"
