"""Trust policies on their pages: set up, tried with a real issuer's token, changed, removed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.exceptions import ValidationError

from tenants.models import AccessToken, AuditEntry, TrustPolicy
from tenants.pages.policy_form import as_lines, from_lines
from tenants.trust.errors import NotTrusted
from tenants.trust.exchange import as_password, exchange
from tests.servers.issuer import Issuer, issuer

PATH = "/settings/policies/"
MAIN = "repo:acme/shop:ref:refs/heads/main"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    with issuer(tmp_path_factory.mktemp("issuer")) as found:
        yield found


@pytest.fixture
def ci(served: Issuer, settings) -> Issuer:
    settings.ISSUER_CA_FILE = str(served.authority)
    served.asked.clear()
    cache.clear()
    return served


@pytest.fixture
def typed(ci: Issuer) -> dict[str, object]:
    return {
        "name": "shop", "issuer": ci.address, "subject": MAIN, "audience": "https://acme.localhost",
        "actions": ["pull", "push"], "repositories": "shop/*", "minutes": "10", "is_active": "on",
        "is_enforced": "on", "wanted": "repository_owner_id: 4711",
    }  # fmt: skip


def test_an_admin_sets_one_up_and_a_workload_gets_in(signed_in, alice, acme, ci, typed):
    browser = signed_in(alice)
    blank = browser.get(f"{PATH}new/").content.decode()
    assert 'value="http://acme.localhost"' in blank  # the audience: this very address
    box = re.search(r'<input[^>]*name="is_enforced"[^>]*>', blank)
    assert "checked" not in box[0]  # not enforced before somebody says so
    page = browser.post(f"{PATH}new/", typed, follow=True).content.decode()
    assert "lets in" in page
    assert TrustPolicy.unscoped.get().claims == {"repository_owner_id": "4711"}
    assert exchange(tenant=acme, text=ci.github()).may("push", "shop/api")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"issuer": "http://ci.example"}, "An issuer is an https:// address"),
        ({"issuer": "", "issuer_pattern": "https://.*"}, "a plain host"),
        ({"subject_pattern": ".*"}, "exactly one"),
        ({"subject": "", "subject_pattern": "(a+)+"}, "may not hold another"),
        ({"issuer": "https://token.actions.githubusercontent.com", "subject": "", "subject_pattern": "repo:.*"},
         "Anyone has repositories there"),
        ({"audience": ""}, "required"),
        ({"actions": []}, "required"),
        ({"actions": ["manage"]}, "not one of the available choices"),
        ({"minutes": "61"}, "less than or equal to 60"),
        ({"wanted": "no value"}, "Line 1"),
        ({"wanted": "a: 1\n\na: 2"}, "Line 3"),
        ({"wanted": "a := nonsense"}, "Line 1"),
    ],
)  # fmt: skip
def test_what_would_trust_too_much_is_refused_at_its_field(signed_in, alice, typed, wrong, said: str):
    answer = signed_in(alice).post(f"{PATH}new/", typed | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not TrustPolicy.unscoped.exists()


def test_a_name_is_used_once(signed_in, alice, typed):
    browser = signed_in(alice)
    browser.post(f"{PATH}new/", typed)
    assert browser.post(f"{PATH}new/", typed).status_code == 422
    assert TrustPolicy.unscoped.count() == 1


def test_a_trial_says_why_and_trades_nothing(signed_in, alice, acme, ci, typed):
    browser = signed_in(alice)
    browser.post(f"{PATH}new/", typed)
    browser.post(f"{PATH}new/", typed | {"name": "till", "subject": "repo:acme/till"})
    text = ci.github()
    answer = browser.post(f"{PATH}trial/", {"token": f"  {text}\n"})
    page = answer.content.decode()
    assert "It would be let in" in page
    assert f"The subject {MAIN} is another" in page
    assert "no-store" in answer["Cache-Control"]
    assert not AccessToken.unscoped.exists()
    assert text not in str(list(AuditEntry.objects.values_list("data", flat=True)))
    assert exchange(tenant=acme, text=text)  # it works still


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"iss": "https://other.example"}, "No policy trusts the issuer"),
        ({"exp": 1}, "has expired"),
        ({"sub": "<script>alert(1)</script>"}, "It would not be let in"),
        ({"exp": 1e308}, "lives longer"),
    ],
)
def test_a_trial_says_what_does_not_fit(signed_in, alice, ci, typed, change, said: str):
    browser = signed_in(alice)
    browser.post(f"{PATH}new/", typed)
    page = browser.post(f"{PATH}trial/", {"token": ci.github(**change)}).content.decode()
    assert said in page
    assert "<script>alert" not in page


def test_only_noted_is_told_apart_from_let_in(signed_in, alice, ci, typed):
    browser = signed_in(alice)
    browser.post(f"{PATH}new/", {**typed, "is_enforced": ""})
    page = browser.post(f"{PATH}trial/", {"token": ci.github()}).content.decode()
    assert "trusts it, only noted" in page
    assert "It would not be let in" in page


def test_narrowing_a_policy_ends_the_rights_it_gave(signed_in, alice, acme, ci, typed):
    browser = signed_in(alice)
    browser.post(f"{PATH}new/", typed)
    made, text = TrustPolicy.unscoped.get(), ci.github()
    as_password(tenant=acme, text=text)
    browser.post(f"{PATH}{made.pk}/", typed | {"name": "the shop"})
    assert as_password(tenant=acme, text=text)  # a name is no narrowing
    browser.post(f"{PATH}{made.pk}/", typed | {"name": "the shop", "repositories": "shop/web"})
    with pytest.raises(NotTrusted):
        as_password(tenant=acme, text=text)


def test_removing_one_asks_first_and_is_told(signed_in, alice, acme, ci, typed):
    browser = signed_in(alice)
    browser.post(f"{PATH}new/", typed)
    made = TrustPolicy.unscoped.get()
    text = ci.github()
    as_password(tenant=acme, text=text)
    assert "Remove shop?" in browser.get(f"{PATH}{made.pk}/remove/").content.decode()
    browser.post(f"{PATH}{made.pk}/remove/")
    assert not TrustPolicy.unscoped.exists()
    with pytest.raises(NotTrusted):
        as_password(tenant=acme, text=text)
    verbs = AuditEntry.objects.filter(tenant=acme, verb__startswith="trust.").order_by("sequence")
    assert list(verbs.values_list("verb", flat=True)) == ["trust.added", "trust.exchanged", "trust.removed"]


def test_a_builder_and_a_stranger_find_no_such_page(signed_in, alice, bob, charlie, typed):
    signed_in(alice).post(f"{PATH}new/", typed)
    made = TrustPolicy.unscoped.get()
    for browser in (signed_in(bob), signed_in(charlie), signed_in(charlie, "globex.localhost")):
        for path in (f"{made.pk}/", f"{made.pk}/remove/"):
            assert browser.get(PATH + path).status_code == 404
            assert browser.post(PATH + path).status_code == 404
    assert signed_in(bob).get(PATH).status_code == 404
    assert "shop" not in signed_in(charlie, "globex.localhost").get(PATH).content.decode()


def test_the_list_asks_once_however_many_there_are(signed_in, alice, typed, django_assert_num_queries):
    browser = signed_in(alice)
    browser.post(f"{PATH}new/", typed)
    browser.get(PATH)
    with django_assert_num_queries(5):
        browser.get(PATH)
    browser.post(f"{PATH}new/", typed | {"name": "second"})
    browser.get(PATH)  # the message of the form
    with django_assert_num_queries(5):
        browser.get(PATH)


def test_claims_are_written_and_read_alike():
    claims = {
        "a": "1",
        "b": 1,
        "c": True,
        "https://x.example/role": "x: y",
        "kubernetes.io": {"namespace": "shop"},
    }
    assert from_lines(as_lines(claims)) == claims
    with pytest.raises(ValidationError):
        from_lines("https://x.example")
