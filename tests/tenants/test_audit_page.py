"""The audit page: who reads it, what the filters find, and what the files hold."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tenants import audit
from tenants.models import AuditEntry, Membership, Tenant, User
from tenants.roles import Role

PAGE = "/settings/audit/"


@pytest.fixture
def trail(acme: Tenant, globex: Tenant) -> None:
    audit.record(tenant=acme, actor="alice@example.com", verb="token.issued", object="assay_one")
    audit.record(tenant=acme, actor="bob@example.com", verb="token.revoked", object="assay_two")
    audit.record(tenant=acme, actor="bob@example.com", verb="member.added", object="dave@example.com")
    audit.record(tenant=globex, actor="charlie@example.com", verb="token.issued", object="of-globex")
    audit.record(tenant=None, actor="petra@example.com", verb="tenant.created", object="of-platform")


def body(answer) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode("utf-8-sig")


@pytest.mark.parametrize("role", list(Role))
def test_owners_admins_and_auditors_read_it_and_nobody_else(signed_in, bob: User, trail, role: Role):
    Membership.objects.filter(user=bob).update(role=role)
    expected = 200 if role in {Role.OWNER, Role.ADMIN, Role.AUDITOR} else 404
    for path in (PAGE, f"{PAGE}export.csv", f"{PAGE}export.jsonl"):
        assert signed_in(bob).get(path).status_code == expected


def test_only_the_tenants_own_entries_are_shown(signed_in, alice: User, trail):
    page = signed_in(alice).get(PAGE).content.decode()
    assert "assay_one" in page
    assert "of-globex" not in page
    assert "of-platform" not in page


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}export.csv", f"{PAGE}export.jsonl"])
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?verb=token.", {"assay_one", "assay_two"}),
        ("?actor=BOB", {"assay_two", "dave@example.com"}),
        ("?verb=token.&actor=bob", {"assay_two"}),
        ("?verb=nothing", set()),
        ("?verb=%25", set()),
        ("?verb=token.%00", {"assay_one", "assay_two"}),
    ],
)
def test_the_filters_hold_on_the_page_and_in_the_files(
    signed_in, alice: User, trail, path: str, query: str, found: set[str]
):
    text = body(signed_in(alice).get(path + query))
    assert {each for each in ("assay_one", "assay_two", "dave@example.com") if each in text} == found


def test_a_page_that_is_none_shows_the_nearest(signed_in, alice: User, trail):
    for number in ("0", "99", "x"):
        assert "assay_one" in signed_in(alice).get(f"{PAGE}?page={number}").content.decode()


def test_no_cell_of_the_csv_is_a_formula(signed_in, alice: User, acme: Tenant):
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", 'a,"b"\nc'):
        audit.record(tenant=acme, actor=text, verb="member.added", object=text)
    rows = list(csv.DictReader(io.StringIO(body(signed_in(alice).get(f"{PAGE}export.csv")), newline="")))
    cells = [row[name] for row in rows for name in ("actor", "object")]
    assert "'=1+1" in cells
    assert 'a,"b"\nc' in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_json_lines_hold_enough_to_check_the_chain(signed_in, alice: User, acme: Tenant, trail):
    lines = body(signed_in(alice).get(f"{PAGE}export.jsonl")).splitlines()
    previous = ""
    for line in lines:
        facts = json.loads(line)
        entry = AuditEntry.objects.get(chain=str(acme.pk), sequence=facts["sequence"])
        assert facts["hash"] == audit.digest_of(entry)
        assert facts["previous"] == previous
        assert facts["at"] == entry.at.isoformat()
        previous = facts["hash"]
    assert facts["verb"] == "audit.exported"


def test_taking_the_trail_away_is_itself_recorded(signed_in, alice: User, trail):
    signed_in(alice).get(f"{PAGE}export.csv?verb=token.")
    entry = AuditEntry.objects.get(verb="audit.exported")
    assert (entry.actor, entry.object, entry.data["verb"]) == ("alice@example.com", "csv", "token.")


def test_another_kind_of_file_is_not_there(signed_in, alice: User, trail):
    assert signed_in(alice).get(f"{PAGE}export.xlsx").status_code == 404


def test_what_strangers_typed_is_escaped(signed_in, alice: User, acme: Tenant):
    audit.record(
        tenant=acme,
        actor="anonymous",
        verb="person.sign_in_failed",
        object="<script>x</script>",
        data={"<b>": "<i>"},
    )
    page = signed_in(alice).get(f"{PAGE}?verb=person&actor=%22%3E%3Cscript%3E").content.decode()
    page += signed_in(alice).get(PAGE).content.decode()
    assert "<script>x" not in page
    assert "<i>" not in page
    assert '"><script>' not in page


def test_more_entries_cost_no_more_queries(
    signed_in, alice: User, acme: Tenant, django_assert_max_num_queries
):
    for number in range(60):
        audit.record(tenant=acme, actor="worker", verb="tag.moved", object=str(number))
    browser = signed_in(alice)
    with django_assert_max_num_queries(9):
        browser.get(PAGE)
