import json
import stat

import pytest

from portal.demo import people
from tenants import tokens
from tenants.models import User

pytestmark = pytest.mark.django_db


def written(everyone, tmp_path):
    path = tmp_path / "demo.json"
    people.write(path, address="http://localhost:8000", people=everyone)
    return path


def test_the_file_has_an_address_and_three_people_with_what_they_sign_in_with(tmp_path):
    path = written(people.prepare_people({}), tmp_path)
    found = json.loads(path.read_text())
    assert found["address"] == "http://localhost:8000"
    assert [(p["role"], p["tenant"]) for p in found["people"]] == [
        ("platform-admin", None),
        ("owner", "acme"),
        ("member", "globex"),
    ]
    for person in found["people"]:
        assert set(person) == {"role", "tenant", "login", "password", "token"}
        assert User.objects.get(login=person["login"]).check_password(person["password"])


def test_only_the_owner_of_the_file_may_read_it(tmp_path):
    assert stat.S_IMODE(written(people.prepare_people({}), tmp_path).stat().st_mode) == 0o600


def test_a_token_acts_in_its_own_tenant():
    owner = people.prepare_people({})[1]
    found = tokens.authenticate(owner.token)
    assert found.tenant.slug == owner.tenant == "acme"
    assert all(found.may(action, "python") for action in ("pull", "push", "build"))


def test_passwords_and_tokens_are_kept_over_a_restart(tmp_path):
    first = people.prepare_people({})
    again = people.prepare_people(people.read_kept(written(first, tmp_path)))
    assert again == first


def test_a_revoked_token_and_a_changed_password_are_replaced(tmp_path):
    first = people.prepare_people({})
    tokens.revoke(token=tokens.authenticate(first[1].token), actor="tests")
    user = User.objects.get(login=first[2].login)
    user.set_password("something else altogether")
    user.save()
    again = people.prepare_people(people.read_kept(written(first, tmp_path)))
    assert again[1].token != first[1].token
    assert tokens.authenticate(again[1].token) is not None
    assert again[2].password != first[2].password
    user.refresh_from_db()
    assert user.check_password(again[2].password)


def test_a_file_that_was_cut_short_counts_as_none(tmp_path):
    (tmp_path / "demo.json").write_text('{"address": "http')
    assert people.read_kept(tmp_path / "demo.json") == {}


def test_secrets_differ_from_place_to_place():
    first = people.prepare_people({})
    User.objects.all().delete()
    second = people.prepare_people({})
    assert {p.password for p in first}.isdisjoint(p.password for p in second)
