"""The one settings module in the environment that tests state here."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "a key for tests only")
os.environ.setdefault("ASSAY_VAR", tempfile.mkdtemp(prefix="assay-tests-"))
os.environ.setdefault("ASSAY_DIRECTORY_ALLOWED_NETWORKS", "127.0.0.0/8,::1/128")

from portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # sign-in cost is not under test
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True  # static files are served from where they lie
