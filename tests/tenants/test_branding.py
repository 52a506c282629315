"""How a tenant looks, on its page: name, colour, support link, and a logo of which only pixels are kept."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from tenants import branding
from tenants.models import AuditEntry, Logo, Tenant, User

PATH = "/settings/branding/"
HOST = {"host": "acme.localhost"}
GIVEN = {"name": "Acme Images", "accent": "#7a3b00", "support_url": "https://help.acme.example"}


def picture(kind: str = "PNG", size: tuple[int, int] = (900, 300), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#7a3b00").save(out, kind, **options)
    return out.getvalue()


def upload(browser: Client, content: bytes, name: str = "logo.png") -> str:
    given = {"logo": SimpleUploadedFile(name, content, "image/png")}
    return browser.post(f"{PATH}logo", given, follow=True).content.decode()


def test_an_admin_changes_how_the_portal_looks_to_everyone(signed_in, alice: User, acme: Tenant):
    assert signed_in(alice).post(PATH, GIVEN)["Location"] == PATH
    acme.refresh_from_db()
    assert (acme.name, acme.accent, acme.support_url, acme.is_active) == (*GIVEN.values(), True)
    page = Client(headers=HOST).get("/accounts/login/").content.decode()
    assert "Sign in to Acme Images" in page
    assert "accent-7a3b00.css" in page
    assert 'href="https://help.acme.example"' in page
    assert AuditEntry.objects.get(tenant=acme, verb="tenant.changed").data == GIVEN


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("accent", "red"),
        ("accent", "#fff"),
        ("support_url", "javascript:alert(1)"),
        ("support_url", "x"),
    ],
)
def test_a_mistake_is_said_at_its_field_and_nothing_is_kept(
    signed_in, alice: User, acme: Tenant, field, value
):
    answer = signed_in(alice).post(PATH, GIVEN | {field: value})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.content.decode()
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_the_contrast_is_told_while_one_chooses(signed_in, alice: User):
    def told(colour: str) -> str:
        page = signed_in(alice).get(f"{PATH}contrast", {"accent": colour}).content.decode()
        return " ".join(page.split())

    assert "By day 1.2:1. Too little to be read" in told("#ffe600")
    assert told("#777777").count("It can be read.") + told("#777777").count("Too little") == 2
    assert "By day 5.9:1. It can be read." in told("#0F6B6B")
    assert "Use a colour such as" in told("url(x)")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_small_and_without_what_was_beside_its_pixels(
    signed_in, alice, acme: Tenant, kind
):
    exif = Image.Exif()
    exif[0x010E] = "a secret of the photographer"
    assert "Saved." in upload(signed_in(alice), picture(kind, exif=exif) + b"<script>alert(1)</script>")
    acme.refresh_from_db()
    answer = Client(headers=HOST).get(f"/branding/logo-{acme.logo_hash}.png")
    assert (answer["Content-Type"], answer["Content-Security-Policy"]) == ("image/png", "sandbox")
    assert "immutable" in answer["Cache-Control"]
    kept = Image.open(io.BytesIO(answer.content))
    assert (kept.format, kept.size, kept.info) == ("PNG", (288, 96), {})
    assert b"secret" not in answer.content
    assert b"script" not in answer.content
    assert (
        f"/branding/logo-{acme.logo_hash}.png"
        in Client(headers=HOST).get("/accounts/login/").content.decode()
    )


def huge() -> bytes:
    """A PNG of few bytes whose header says 60000 by 60000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 999))
        + chunk(b"IEND", b"")
    )


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (SVG, "logo_not_a_picture"),
        (b"GIF89a" + bytes(40), "logo_not_a_picture"),
        (b"", "logo_missing"),
        (picture("BMP"), "logo_not_a_picture"),
        (picture()[:200], "logo_broken"),
        (huge(), "logo_not_a_picture"),
        (picture(size=(3000, 2000)), "logo_too_large"),
        (picture() + bytes(branding.LARGEST_FILE), "logo_too_large"),
    ],
    ids=["svg", "gif", "nothing", "bmp", "cut short", "bomb", "pixels", "bytes"],
)
def test_what_is_no_picture_or_too_large_is_refused(signed_in, alice: User, content: bytes, code: str):
    given = {"logo": SimpleUploadedFile("logo.png", content, "image/png")} if content else {}
    answer = signed_in(alice).post(f"{PATH}logo", given)
    assert answer.status_code == 422
    assert code in answer.content.decode()
    assert not Logo.objects.exists()


def test_a_logo_is_taken_away(signed_in, alice: User, acme: Tenant):
    upload(signed_in(alice), picture())
    acme.refresh_from_db()
    path = f"/branding/logo-{acme.logo_hash}.png"
    signed_in(alice).post(f"{PATH}logo", {"remove": "1"})
    assert Client(headers=HOST).get(path).status_code == 404
    verbs = AuditEntry.objects.filter(tenant=acme, verb__startswith="branding.").order_by("pk")
    assert [each.verb for each in verbs] == ["branding.logo_set", "branding.logo_removed"]


def test_a_logo_is_at_its_own_tenants_addresses_alone(signed_in, alice: User, acme: Tenant, globex: Tenant):
    upload(signed_in(alice), picture())
    acme.refresh_from_db()
    path = f"/branding/logo-{acme.logo_hash}.png"
    assert Client(headers={"host": "globex.localhost"}).get(path).status_code == 404
    assert Client(headers={"host": "localhost"}).get(f"/acme{path}").status_code == 200


def test_nobody_else_changes_it(signed_in, bob: User, charlie: User):
    for user in (bob, charlie):
        assert signed_in(user).get(PATH).status_code == 404
        assert signed_in(user).post(f"{PATH}logo", {"remove": "1"}).status_code == 404
        assert signed_in(user).get(f"{PATH}contrast").status_code == 404
