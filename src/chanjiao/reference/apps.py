from django.apps import AppConfig


class ReferenceConfig(AppConfig):
    name = "chanjiao.reference"
    label = "reference"
    verbose_name = "国家代码"
