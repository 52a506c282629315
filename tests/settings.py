"""The one settings module in the environment that tests state here."""

import atexit
import os
import shutil
import tempfile

os.environ.setdefault("SECRET_KEY", "a key for tests only")
if "ASSAY_VAR" not in os.environ:
    os.environ["ASSAY_VAR"] = tempfile.mkdtemp(prefix="assay-tests-")
    atexit.register(shutil.rmtree, os.environ["ASSAY_VAR"], ignore_errors=True)
os.environ.setdefault("ASSAY_DIRECTORY_ALLOWED_NETWORKS", "127.0.0.0/8,::1/128")
if "ASSAY_TESTS_DATABASE" in os.environ:
    os.environ.setdefault("DATABASE_URL", os.environ["ASSAY_TESTS_DATABASE"])

from portal.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # sign-in cost is not under test
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True  # static files are served from where they lie
# Each test process counts attempts for itself; what the processes of a portal share is tested with its own settings.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

if os.environ.get("DATABASE_URL") == os.environ.get("ASSAY_TESTS_DATABASE"):
    os.environ.pop("DATABASE_URL", None)  # of this process alone; what a test starts has one of its own
