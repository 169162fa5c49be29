from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "chanjiao.files"
    label = "files"
    verbose_name = "文件"
