"""What process this is and where: its addresses, its secret, the proxies before it, its database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]
env = environ.FileAwareEnv()

VAR = Path(env("ASSAY_VAR", default=str(BASE_DIR / "var")))
#: What this process is: "web", "worker", "signer", "scheduler" or "command". A worker has no database.
ROLE: str = env("ASSAY_ROLE", default="command")
DEBUG = env.bool("DEBUG", default=False)
#: Host (and port) of the portal itself; every tenant also has `<slug>.<this>`.
PORTAL_HOST: str = env("ASSAY_PORTAL_HOST", default="localhost:8000")
PORTAL_SCHEME: str = env("ASSAY_PORTAL_SCHEME", default="http")


def _secret(name: str) -> str:
    kept = VAR / "secrets" / name.lower()
    if value := env(name, default=""):
        return str(value)
    if kept.is_file():
        return kept.read_text().strip()
    message = f"{name} is not set: give {name} or {name}_FILE, or run `make setup` to write {kept}."
    raise ImproperlyConfigured(message)


SECRET_KEY = "unused-by-workers" if ROLE == "worker" else _secret("SECRET_KEY")

# Host names are checked against the `Hostname` table (an unknown one is answered 421), which is
# stricter than this list could be.
ALLOWED_HOSTS = ["*"]
USE_X_FORWARDED_HOST = False
if env.bool("ASSAY_BEHIND_TLS_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

#: Proxies (addresses, networks) whose word on a client's address and scheme is taken.
TRUSTED_PROXIES: list[str] = env.list("ASSAY_TRUSTED_PROXIES", default=[])

if ROLE == "worker":
    # Workers speak to the portal over HTTP only. The dummy backend makes any query an error.
    DATABASES: dict[str, Any] = {"default": {"ENGINE": "django.db.backends.dummy"}}
else:
    DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'assay.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",  # a deferred transaction that later writes fails at once when busy
        timeout=20,
        # FULL: what was answered outlasts a loss of power. See `registry.unsynced` for what need not.
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    )
    if ROLE == "web":
        # A server's threads stay; opening the file and setting it up costs a third of a pull's time.
        DATABASES["default"].setdefault("CONN_MAX_AGE", 60)
elif DATABASES["default"]["ENGINE"].endswith("postgresql"):
    DATABASES["default"]["ENGINE"] = "tenants.postgresql"  # tells each connection whose rows it may show
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        pool={"min_size": 1, "max_size": 12},
        # A statement that comes again is planned once: row-level security makes plans dearer than most answers. For
        # all values alike, so never anew for one; and never compiled, which pays for reports alone.
        server_side_binding=True,
        prepare_threshold=5,
        options="-c plan_cache_mode=force_generic_plan -c jit=off",
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# In the database, where all web processes meet: a code of an authenticator app counts once, and wrong passwords are
# counted, whichever process is asked. What is read for each pull is remembered elsewhere (`registry.memory`).
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "assay_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
