"""Settings from the environment; docs/operations.md lists every variable.

Defaults serve a laptop: SQLite in ./var, no HTTPS. A production site sets DATABASE_URL,
CHANJIAO_HOSTS and CHANJIAO_HTTPS=1.
"""

from chanjiao.settings.base import *
