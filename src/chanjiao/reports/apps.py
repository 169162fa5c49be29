from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "chanjiao.reports"
    label = "reports"
    verbose_name = "报告"
