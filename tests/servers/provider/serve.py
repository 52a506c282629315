"""The provider's process: `python -m tests.servers.provider.serve PLACE PORT CERTIFICATE KEY`.

Prints one line of JSON when it answers. Its settings are its own: nothing of the portal is loaded.
"""

from __future__ import annotations

import json
import ssl
import sys
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

#: The people, and the groups that the provider says they are in.
PEOPLE = {"fry": ["builders", "staff"], "leela": ["admins"], "zoidberg": []}


def _key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return key.private_bytes(*form).decode()


def configure(place: Path) -> None:
    from django.conf import settings

    settings.configure(
        SECRET_KEY="a key for tests only",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.servers.provider.urls",
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.messages", "allauth", "allauth.account", "allauth.idp.oidc",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
            "OPTIONS": {"context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]},
        }],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(place / "provider.sqlite3")}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ACCOUNT_EMAIL_VERIFICATION="none",
        ACCOUNT_RATE_LIMITS=False,
        IDP_OIDC_PRIVATE_KEY=_key(),
        IDP_OIDC_ADAPTER="tests.servers.provider.urls.Groups",
        USE_TZ=True,
    )  # fmt: skip


def fill() -> None:
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from tests.servers.provider import PASSWORD, SECRET

    call_command("migrate", verbosity=0)
    for name in PEOPLE:
        user = User.objects.create_user(
            name, f"{name}@planetexpress.com", PASSWORD, first_name=name.capitalize()
        )
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    Client.objects.create(
        id="assay", name="Assay", secret=make_password(SECRET), scopes="openid\nprofile\nemail",
        grant_types="authorization_code", response_types="code", skip_consent=True,
    )  # fmt: skip


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request, address) -> None:
        """A client that refuses the certificate is none of our business."""


class Handler(WSGIRequestHandler):
    def log_message(self, *args) -> None:
        """Say nothing."""

    def get_environ(self) -> dict:
        return {**super().get_environ(), "wsgi.url_scheme": "https", "HTTPS": "on"}


def main() -> None:
    place, port, certificate, key = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    configure(place)
    import django

    django.setup()
    fill()
    from django.core.wsgi import get_wsgi_application

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = make_server(
        "127.0.0.1", port, get_wsgi_application(), server_class=Server, handler_class=Handler
    )
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    print(json.dumps({"issuer": f"https://127.0.0.1:{port}"}), flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
