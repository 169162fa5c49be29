from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "chanjiao.agreements"
    label = "agreements"
    verbose_name = "协议"
