"""The one set of settings; tests override a few names in settings/test.py."""

import os
import secrets
from pathlib import Path

from csp.constants import NONE, SELF

from chanjiao.settings.environment import database, flag, home, listed, number

os.umask(0o077)  # the database, its journal, uploads and caches are their owner's alone
HOME = home()
PACKAGE = Path(__file__).resolve().parent.parent


def _secret() -> str:
    """A key of this installation's own, made once and readable by its owner only."""
    place = HOME / "secret_key"
    if not place.exists():
        place.touch(mode=0o600)
        place.write_text(secrets.token_urlsafe(48))
    return place.read_text().strip()


SECRET_KEY = _secret()
DEBUG = flag("CHANJIAO_DEBUG")
HTTPS = flag("CHANJIAO_HTTPS")
ALLOWED_HOSTS = listed("CHANJIAO_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HTTPS else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "chanjiao.trail",
    "chanjiao.people",
    "chanjiao.reference",
    "chanjiao.notices",
    "chanjiao.files",
    "chanjiao.links",
    "chanjiao.jobs",
    "chanjiao.sheets",
    "chanjiao.members",
    "chanjiao.council",
    "chanjiao.needs",
    "chanjiao.matching",
    "chanjiao.agreements",
    "chanjiao.training",
    "chanjiao.plans",
    "chanjiao.indicators",
    "chanjiao.reports",
    "chanjiao.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "chanjiao.web.parts.gate.GateMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "chanjiao.urls"
WSGI_APPLICATION = "chanjiao.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chanjiao.web.parts.shell.shell",
            ],
        },
    },
]

DATABASES = {"default": database(HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": HOME / "cache",
    }
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
DATE_FORMAT = "Y-m-d"

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = HOME / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
# Three fields for each applicant of a post, four for each post of a round.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # without files
UPLOAD_LIMIT_BYTES = number("CHANJIAO_UPLOAD_LIMIT_MB", 50) * 1024 * 1024

# Sign-in ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "chanjiao.web.parts.account.ClosedSignup"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key"}  # second-factor codes; passwords are axes'
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "chanjiao.web.parts.account.SecondFactor"
MFA_TOTP_ISSUER = "产教联"
SECOND_FACTOR_REQUIRED = flag("CHANJIAO_SECOND_FACTOR", default=True)
IDLE_MINUTES = number("CHANJIAO_IDLE_MINUTES", 30)
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "chanjiao.web.parts.account.claimed_username"
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_VERBOSE = False

# Browser security ---------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SESSION_COOKIE_HTTPONLY = True
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Background work ----------------------------------------------------------------------------
# The demonstration is built by one process that waits for each job; nothing else sets this.
TASKS: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}
    if flag("CHANJIAO_JOBS_AT_ONCE")
    else {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}
}
JOB_HEARTBEAT_SECONDS = 5
JOB_LOST_AFTER_SECONDS = number("CHANJIAO_JOB_LOST_AFTER", 60)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
