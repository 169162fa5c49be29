from django.apps import AppConfig


class SheetsConfig(AppConfig):
    name = "chanjiao.sheets"
    label = "sheets"
    verbose_name = "表格"
