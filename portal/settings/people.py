"""How people sign in, mails to them, and what is asked outside for tenants."""

from __future__ import annotations

from portal.settings.place import PORTAL_HOST, PORTAL_SCHEME, env

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
#: How many days the audit trail is kept; 0 for ever.
AUDIT_DAYS: int = env.int("ASSAY_AUDIT_DAYS", default=0)
#: The port at which a claimed host name must answer by HTTP.
CHALLENGE_PORT: int = env.int("ASSAY_CHALLENGE_PORT", default=80)
#: PEM file of an authority that issuers of workload tokens may have beside the public ones; "" for none.
ISSUER_CA_FILE: str = env("ASSAY_ISSUER_CA_FILE", default="")
