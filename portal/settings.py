"""The one settings module. Everything that differs between places comes from the environment.

A secret `NAME` may also be given as `NAME_FILE`, the path of a file that holds it. What is missing
and needed fails at start with a sentence that says what to set.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from portal.logs import log_requests

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# --- Place -----------------------------------------------------------------------------------------
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

# --- House -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "tenants",
    "registry",
    "catalog",
    "builds",
    "portal",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.no_nul.NoNulMiddleware",
    "tenants.addresses.AddressMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.sessions.SessionHostMiddleware",
    "tenants.access.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]
ROOT_URLCONF = "portal.urls.platform"
#: Used instead on a tenant's address; see `tenants.addresses`.
TENANT_URLCONF = "portal.urls.tenant"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tenants.addresses.tenant_context",
            ],
        },
    },
]

# --- Database --------------------------------------------------------------------------------------
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

# --- People ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = [
    "tenants.signin.PlatformBackend",
    "tenants.ldap.DirectoryBackend",
    "tenants.signin.ProviderBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "tenants.signin.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login"
ACCOUNT_USER_DISPLAY = "tenants.signin.shown_name"
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
SOCIALACCOUNT_ADAPTER = "tenants.oidc.adapter.SocialAdapter"
# A link and not a form, since the Content-Security-Policy lets no form lead to another site.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"  # the provider vouches, for its own tenant alone
MFA_ADAPTER = "tenants.second_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "add_webauthn": "tenants.second_factor.AddKeyForm",
    "login_webauthn": "tenants.second_factor.SignInByKeyForm",
}
# Browsers take http://localhost for safe; every other address has https, or they refuse keys by themselves.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PORTAL_SCHEME == "http"
EMAIL_HOST: str = env("EMAIL_HOST", default="")
EMAIL_BACKEND: str = env(
    "EMAIL_BACKEND", default=f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
)
EMAIL_PORT: int = env.int("EMAIL_PORT", default=587 if EMAIL_HOST else 25)
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=bool(EMAIL_HOST))
EMAIL_HOST_USER: str = env("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD: str = env("EMAIL_HOST_PASSWORD", default="")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL: str = env("DEFAULT_FROM_EMAIL", default=f"assay@{PORTAL_HOST.partition(':')[0]}")
#: Directories at private or loopback addresses are refused unless the operator lists the networks here.
DIRECTORY_ALLOWED_NETWORKS: list[str] = env.list("ASSAY_DIRECTORY_ALLOWED_NETWORKS", default=[])
#: Name servers ("address:port") that are asked whether a tenant controls a host name; empty for the system's.
DNS_SERVERS: list[str] = env.list("ASSAY_DNS_SERVERS", default=[])
#: The port at which a claimed host name must answer by HTTP.
#: How many days the audit trail is kept; 0 for ever.
AUDIT_DAYS: int = env.int("ASSAY_AUDIT_DAYS", default=0)
CHALLENGE_PORT: int = env.int("ASSAY_CHALLENGE_PORT", default=80)
#: PEM file of an authority that issuers of workload tokens may have beside the public ones; "" for none.
ISSUER_CA_FILE: str = env("ASSAY_ISSUER_CA_FILE", default="")

# In the database, where all web processes meet: a code of an authenticator app counts once, and wrong passwords are
# counted, whichever process is asked. What is read for each pull is remembered elsewhere (`registry.memory`).
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "assay_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Host-only cookies: a session never crosses from one tenant's host to another's.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PORTAL_SCHEME == "https"
SESSION_COOKIE_NAME = "assay_session"
CSRF_COOKIE_NAME = "assay_csrf"
CSRF_COOKIE_HTTPONLY = True

# --- Registry --------------------------------------------------------------------------------------
#: Finished blobs (unless an object store has them) and uploads under way.
STORAGE_ROOT = Path(env("ASSAY_STORAGE", default=str(VAR / "storage")))
#: Where finished blobs are instead: "s3://bucket/prefix", "gs://…" or "az://…"; "" for the directory.
OBJECT_STORE: str = env("ASSAY_OBJECT_STORE", default="")
#: Whether the object store may be asked without TLS.
OBJECT_STORE_ALLOW_HTTP = env.bool("ASSAY_OBJECT_STORE_ALLOW_HTTP", default=False)
#: Who sends a blob's bytes: "file" (we do), "x-accel" (nginx in front of us) or "redirect" (the object store).
BLOB_SERVING: str = env("ASSAY_BLOB_SERVING", default="file")
if BLOB_SERVING not in ("file", "x-accel", "redirect"):
    raise ImproperlyConfigured("ASSAY_BLOB_SERVING must be file, x-accel or redirect.")
if (BLOB_SERVING == "x-accel" and OBJECT_STORE) or (BLOB_SERVING == "redirect" and not OBJECT_STORE):
    raise ImproperlyConfigured("ASSAY_BLOB_SERVING: x-accel needs a directory, redirect an object store.")
#: Private key (PEM, EC P-256) that signs registry tokens; the web process only.
TOKEN_KEY_PATH = Path(env("ASSAY_TOKEN_KEY", default=str(VAR / "secrets" / "registry-token.pem")))

# --- Builds ----------------------------------------------------------------------------------------
#: Directory with the verified package index snapshots (see builds.engine.snapshot).
SNAPSHOT_ROOT = Path(env("ASSAY_SNAPSHOTS", default=str(VAR / "snapshots")))
PACKAGE_CACHE = Path(env("ASSAY_PACKAGE_CACHE", default=str(Path.home() / ".cache" / "assay" / "packages")))
#: A worker's own store of fragments and layers.
ENGINE_STORE = Path(env("ASSAY_ENGINE_STORE", default=str(VAR / "engine")))
#: Signing keys; only the signer reads the private ones.
SIGNING_ROOT = Path(env("ASSAY_SIGNING", default=str(VAR / "secrets" / "signing")))
#: Where workers and clients on this machine reach the portal.
INTERNAL_URL: str = env("ASSAY_INTERNAL_URL", default=f"{PORTAL_SCHEME}://{PORTAL_HOST}")
BUILD_SUITE: str = env("ASSAY_SUITE", default="trixie")
#: Publish images that no sandbox could test. They are labelled untested everywhere.
PUBLISH_UNTESTED = env.bool("ASSAY_PUBLISH_UNTESTED", default=False)
#: What tests images before a tag moves: "runc" on the worker's machine, or a cluster ("kubernetes").
TEST_RUNNER: str = env("ASSAY_TEST_RUNNER", default="runc")
if TEST_RUNNER not in ("runc", "kubernetes"):
    raise ImproperlyConfigured(f"ASSAY_TEST_RUNNER is {TEST_RUNNER!r}; it must be runc or kubernetes.")
KUBECONFIG = Path(env("ASSAY_KUBECONFIG", default=str(Path.home() / ".kube" / "config")))
#: "" for the namespace of the kubeconfig's context.
CLUSTER_NAMESPACE: str = env("ASSAY_CLUSTER_NAMESPACE", default="")
#: Host by which the cluster's nodes pull from the registry.
CLUSTER_REGISTRY: str = env("ASSAY_CLUSTER_REGISTRY", default=PORTAL_HOST)

# --- Jobs ------------------------------------------------------------------------------------------
BROKER_URL: str = env("BROKER_URL", default="filesystem://localhost//")
CELERY_BROKER_URL = BROKER_URL
if BROKER_URL.startswith("filesystem"):
    CELERY_BROKER_TRANSPORT = "portal.broker:Transport"
    _queue = VAR / "queue"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
        "polling_interval": 0.05,
    }
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "platform"
#: What the scheduler asks for, in seconds. Everything in it finds its own work, so a lost tick costs a wait.
CELERY_BEAT_SCHEDULE = {
    "reap builds whose holder fell silent": {"task": "builds.reap", "schedule": 5.0},
    "drop old entries of the audit trail": {"task": "tenants.tasks.forget_audit", "schedule": 24 * 3600.0},
    "forget workloads' tokens that expired": {"task": "tenants.tasks.forget_workloads", "schedule": 3600.0},
    "re-read the people of directories": {"task": "tenants.tasks.sync_directories", "schedule": 900.0},
    "publish charts whose images are new": {"task": "catalog.publish_charts", "schedule": 30.0},
    "sign charts that are new": {
        "task": "builds.sign_charts",
        "schedule": 15.0,
        "options": {"queue": "signing"},
    },
    "read the layers of new releases": {"task": "catalog.list_layers", "schedule": 15.0},
    "read charts that were pushed": {"task": "catalog.read_pushed_charts", "schedule": 15.0},
    "let go of what the registry no longer needs": {"task": "registry.collect", "schedule": 3600.0},
    "read stored blobs again": {"task": "registry.scrub", "schedule": 3600.0},
}

# --- Pages -----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if ROLE == "web"
        else "django.contrib.staticfiles.storage.StaticFilesStorage",
    },
}
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LANGUAGE_COOKIE_NAME = "assay_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- API -------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tenants.api_auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.api.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "portal.api.Pages",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "portal.api.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Assay API",
    "DESCRIPTION": "Images, digests, golden-image builds and their evidence.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs ------------------------------------------------------------------------------------------
LOG_LEVEL: str = env("LOG_LEVEL", default="INFO")
log_requests(LOG_LEVEL)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"django.server": {"level": "INFO"}, "httpx2": {"level": "WARNING"}},
}
