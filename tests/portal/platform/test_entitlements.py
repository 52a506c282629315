"""The tenant's pages of images and charts: found, ticked, granted all at once, and undone."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.models import Chart, Entitlement, Image
from registry.models import Grant, Repository
from tenants.models import AuditEntry
from tests.catalog import world
from tests.portal.platform.conftest import client_of

PATH = "/admin/tenants/acme/"
CHARTS = f"{PATH}charts/"
#: More rows than a page has.
MANY = 30


@pytest.fixture
def catalogue(acme) -> None:
    """base is free for all; three images and two charts can be granted."""
    world.image("base", is_free=True, category="base")
    for name, category in (("node", "language"), ("python", "language"), ("redis", "database")):
        world.image(name, is_free=False, stream="1", category=category)
    for name in ("redis", "wordpress"):
        Chart.objects.create(
            name=name, summary=f"{name} runs", repository=Repository.objects.create(name=f"charts/{name}")
        )


def held(tenant) -> list[str]:
    """What the tenant was granted, beside what is free."""
    promised = Entitlement.objects.filter(tenant=tenant).exclude(image__is_free=True)
    return sorted(each.thing.repository.name for each in promised)


def rows_of(page: str) -> list[str]:
    return re.findall(r'name="ticked" value="([^"]+)"', page)


def told(answer) -> str:
    return " ".join(answer.content.decode().split())


def shown(admin, query: str = "", path: str = PATH) -> list[str]:
    return rows_of(admin.get(path + query).content.decode())


def save(admin, *, was: list[str], ticked: list[str], shown: list[str], path: str = PATH):
    return admin.post(path, {"shown": shown, "was": was, "ticked": ticked}, follow=True)


def test_what_is_ticked_is_granted_and_what_is_not_is_taken(admin, acme, catalogue):
    answer = save(admin, shown=["node", "python", "redis"], was=[], ticked=["python", "redis"])
    assert held(acme) == ["python", "redis"]
    assert "2 granted." in told(answer)
    save(admin, shown=["node", "python", "redis"], was=["python", "redis"], ticked=["redis", "node"])
    assert (held(acme), sorted(Grant.objects.exclude(name="base").values_list("name", flat=True))) == (
        ["node", "redis"],
    ) * 2
    entry = AuditEntry.objects.filter(verb="entitlements.changed").latest("sequence")
    assert (entry.data["added"], entry.data["withdrawn"]) == (["node"], ["python"])
    assert (entry.actor, entry.address) == ("petra@example.com", "127.0.0.1")


def test_what_was_not_on_the_page_stays(admin, acme, catalogue):
    save(admin, shown=["python"], was=[], ticked=["python"])
    save(admin, shown=["node"], was=[], ticked=["node"])
    assert held(acme) == ["node", "python"]


def test_of_two_admins_neither_takes_back_what_the_other_did(admin, acme, catalogue):
    save(admin, shown=["python"], was=[], ticked=["python"])
    page = {"shown": ["node", "python", "redis"], "was": ["python"]}  # as both of them see it
    save(admin, **page, ticked=["python", "redis"])
    save(admin, **page, ticked=["node"])
    assert held(acme) == ["node", "redis"]


def test_a_box_that_the_page_did_not_show_counts_for_nothing(admin, acme, catalogue):
    answer = save(admin, shown=["node"], was=[], ticked=["python"])
    assert held(acme) == []
    assert "Nothing was to be changed." in told(answer)


def test_the_page_says_what_is_granted_free_or_neither(admin, acme, catalogue):
    save(admin, shown=["python"], was=[], ticked=["python"])
    for query, expected in {
        "": ["base", "node", "python", "redis"],
        "?state=granted": ["python"],
        "?state=others": ["node", "redis"],
        "?state=free": ["base"],
        "?category=database": ["redis"],
        "?category=language&state=others": ["node"],
        "?state=nonsense&category=none": ["base", "node", "python", "redis"],
    }.items():
        assert shown(admin, query) == expected, query
    counts = re.findall(r"<span>([^<]+)</span>\s*<span>(\d+)</span>", admin.get(PATH).content.decode())
    assert {("Granted", "1"), ("Not granted", "2"), ("Free for all", "1"), ("Databases", "1")} <= set(counts)


def test_the_search_is_the_catalogues_own(admin, acme, catalogue):
    assert shown(admin, "?q=docker.io/library/redis:7") == ["redis"]
    answer = admin.get(f"{PATH}?q=pyhton")
    assert rows_of(answer.content.decode()) == ["python"]
    assert "These are for <strong>python</strong>" in told(answer)
    assert "Nothing matches “nothing-at-all”." in told(admin.get(f"{PATH}?q=nothing-at-all"))


def test_nul_in_a_search_is_no_fault(admin, acme, catalogue):
    assert admin.get(f"{PATH}?q=%00&done=%00").status_code == 200
    assert admin.get(f"{CHARTS}?q=%00").status_code == 200


def test_charts_are_chosen_the_same_way(admin, acme, catalogue):
    assert shown(admin, path=CHARTS) == ["charts/redis", "charts/wordpress"]
    assert shown(admin, "?q=wordpress", CHARTS) == ["charts/wordpress"]
    answer = save(admin, shown=["charts/redis"], was=[], ticked=["charts/redis"], path=CHARTS)
    assert answer.redirect_chain[0][0].startswith(CHARTS)
    assert held(acme) == ["charts/redis"]
    assert shown(admin, "?state=granted", CHARTS) == ["charts/redis"]


def test_the_rule_and_the_other_name_stand_beside_what_is_granted(admin, acme, catalogue):
    save(admin, shown=["python"], was=[], ticked=["python"])
    Grant.objects.filter(name="python").update(name="team/python", tag_patterns=["3*"], is_on_hold=True)
    page = told(admin.get(PATH))
    grant = Grant.objects.get(name="team/python")
    assert f'href="/admin/tenants/acme/grants/{grant.pk}/"' in page
    for said in ("team/python", "on hold", "<code>3*</code>"):
        assert said in page


def confirmation(admin, verb: str, query: str = "", path: str = PATH) -> dict[str, str]:
    """What the form of the confirming page sends."""
    page = admin.get(f"{path}all?verb={verb}{query}").content.decode()
    return dict(re.findall(r'<input type="hidden" name="(q|verb|seen|state|category)" value="([^"]*)"', page))


def test_all_that_is_found_is_granted_after_a_question_that_says_what(admin, acme, catalogue):
    page = told(admin.get(f"{PATH}all?verb=give&category=language"))
    assert "Grant 2 images to Acme?" in page
    assert ("<li>node</li>" in page, "<li>redis</li>" in page) == (True, False)
    assert held(acme) == []
    answer = admin.post(f"{PATH}all", confirmation(admin, "give", "&category=language"), follow=True)
    assert held(acme) == ["node", "python"]
    assert "2 granted." in told(answer)


def test_all_that_is_found_is_taken_away(admin, acme, catalogue):
    save(admin, shown=["node", "python", "redis"], was=[], ticked=["node", "python", "redis"])
    assert "Take 1 image away from Acme?" in told(admin.get(f"{PATH}all?verb=take&q=redis"))
    admin.post(f"{PATH}all", confirmation(admin, "take", "&q=redis"))
    assert held(acme) == ["node", "python"]


def test_all_charts_are_granted_at_once(admin, acme, catalogue):
    answer = admin.post(f"{CHARTS}all", confirmation(admin, "give", path=CHARTS))
    assert answer["Location"].startswith(CHARTS)
    assert held(acme) == ["charts/redis", "charts/wordpress"]


def test_nothing_is_changed_when_the_search_finds_something_else_by_then(admin, acme, catalogue):
    form = confirmation(admin, "give")
    world.image("ruby", is_free=False, stream="1")
    answer = admin.post(f"{PATH}all", form)
    assert (answer.status_code, held(acme)) == (409, [])
    assert "What the search finds has changed meanwhile." in told(answer)
    assert "<li>ruby</li>" in told(answer)


def test_where_nothing_can_be_changed_the_question_says_so(admin, acme, catalogue):
    assert "There is nothing to change." in told(admin.get(f"{PATH}all?verb=take"))
    assert admin.get(f"{PATH}all?verb=burn").status_code == 404


def undo_of(page: str) -> str:
    return re.search(r'name="done" value="(\d+)"', page)[1]


def test_a_change_is_undone_from_its_notice(admin, acme, catalogue):
    answer = save(admin, shown=["node", "python"], was=[], ticked=["node", "python"])
    number = undo_of(answer.content.decode())
    undone = admin.post(f"{PATH}undo", {"done": number}, follow=True)
    assert held(acme) == []
    assert "2 taken away." in told(undone)
    assert "Undone since." in told(admin.get(f"{PATH}?done={number}"))
    again = admin.post(f"{PATH}undo", {"done": number}, follow=True)
    assert "This change was undone already." in told(again)


def test_only_a_change_of_this_tenant_can_be_undone(admin, acme, globex, catalogue):
    number = undo_of(save(admin, shown=["node"], was=[], ticked=["node"]).content.decode())
    for path, done in (("/admin/tenants/globex/", number), (PATH, "999"), (PATH, "x"), (PATH, "9" * 40)):
        assert admin.post(f"{path}undo", {"done": done}).status_code == 404
    assert admin.get(f"{PATH}undo").status_code == 302
    assert held(acme) == ["node"]


def test_filters_and_page_are_kept_after_a_change(admin, acme, catalogue):
    answer = admin.post(f"{PATH}?category=language&page=1", {"shown": ["node"], "ticked": ["node"]})
    assert re.fullmatch(rf"{PATH}\?category=language&page=1&done=\d+", answer["Location"])


def test_support_looks_and_changes_nothing(sam, acme, catalogue):
    support = client_of(sam)
    page = told(support.get(PATH))
    assert "disabled" in page
    for offered in ("Save", "Grant all", "Take away all"):
        assert offered not in page
    for path in (PATH, CHARTS, f"{PATH}all", f"{CHARTS}all", f"{PATH}undo"):
        assert support.post(path, {"shown": ["node"], "ticked": ["node"], "verb": "give"}).status_code == 404
    assert support.get(f"{PATH}all?verb=give").status_code == 404
    assert held(acme) == []


def queries_of(admin, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert admin.get(path).status_code == 200
    return len(found)


def test_a_page_costs_the_same_however_much_there_is(admin, acme, globex, catalogue):
    paths = (
        PATH,
        f"{PATH}?q=the&state=others",
        CHARTS,
        f"{PATH}all?verb=give",
        f"{PATH}grants/",
        "/admin/tenants/",
    )
    before = {path: queries_of(admin, path) for path in paths}
    for number in range(MANY):
        world.image(f"image{number}", is_free=False, stream="1")
        name = f"chart{number}"
        Chart.objects.create(name=name, repository=Repository.objects.create(name=f"charts/{name}"))
    names = [f"image{number}" for number in range(0, MANY, 2)]
    save(admin, shown=names, was=[], ticked=names)
    assert {path: queries_of(admin, path) for path in paths} == before
    assert max(before.values()) <= 14
    assert len(shown(admin)) == 25
    assert len(shown(admin, "?page=2")) == Image.objects.count() - 25


def test_granting_all_takes_no_more_queries_for_more(admin, acme, catalogue):
    def cost(query: str) -> int:
        form = confirmation(admin, "give", query)
        with CaptureQueriesContext(connection) as found:
            admin.post(f"{PATH}all", form)
        return len(found)

    few = cost("&q=redis")
    for number in range(MANY):
        world.image(f"image{number}", is_free=False, stream="1")
    assert cost("&q=image") == few
    assert len(held(acme)) == MANY + 3
