"""Settings for tests: the same as base, but fast hashing, jobs at once, and a home in memory."""

import os
import tempfile
from pathlib import Path

if "CHANJIAO_HOME" not in os.environ:
    os.environ["CHANJIAO_HOME"] = tempfile.mkdtemp(prefix="chanjiao-test-")

from chanjiao.settings.base import *

SECRET_KEY = "only-for-tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = (
    True  # no collected files to warn about; static files come from their sources
)
SECOND_FACTOR_REQUIRED = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MEDIA_ROOT = Path(os.environ["CHANJIAO_HOME"]) / "files"
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = "‼%s‼"  # type: ignore[index]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads of one test must meet on one database.
    DATABASES["default"]["TEST"] = {"NAME": Path(os.environ["CHANJIAO_HOME"]) / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
