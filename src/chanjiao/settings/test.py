"""Settings for tests: the same as base, but fast hashing, jobs at once, and a home of their own."""

import os
import tempfile
from pathlib import Path

from chanjiao.settings.base import *
from chanjiao.settings.environment import database, home

if "CHANJIAO_HOME" not in os.environ:
    os.environ["CHANJIAO_HOME"] = tempfile.mkdtemp(prefix="chanjiao-test-")
# Workers side by side (pytest-xdist) share nothing.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if _worker and Path(os.environ["CHANJIAO_HOME"]).name != _worker:
    os.environ["CHANJIAO_HOME"] = str(Path(os.environ["CHANJIAO_HOME"]) / _worker)
# The package's own settings were read before this: what depends on the home is set anew.
HOME = home()
DATABASES = {"default": database(HOME)}
STATIC_ROOT = HOME / "static"
MEDIA_ROOT = HOME / "files"
SECRET_KEY = "only-for-tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = (
    True  # no collected files to warn about; static files come from their sources
)
SECOND_FACTOR_REQUIRED = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = "‼%s‼"  # type: ignore[index]
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads of one test must meet on one database.
    DATABASES["default"]["TEST"] = {"NAME": HOME / "test.sqlite3"}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
