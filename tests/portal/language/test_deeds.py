"""The audit trail in words: every verb that code records has some, in both languages."""

# ruff: noqa: RUF001
from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from portal.phrases import deeds
from tenants import audit
from tenants.models import Tenant, User
from tests.portal.language.catalogues import ROOT

SOURCES = ("tenants", "registry", "catalog", "builds", "portal")
#: Verbs of other things: what the test cluster and the worker's client were about.
OF_OTHERS = ("builds/engine", "builds/worker")


def _modules() -> Iterator[ast.Module]:
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            if not path.relative_to(ROOT).as_posix().startswith(OF_OTHERS) and "migrations" not in path.parts:
                yield ast.parse(path.read_text())


def _recorded(module: ast.Module) -> Iterator[str]:
    """What a module gives as a verb: by its name, by its place in a function of the module, or as a constant."""
    functions = [one for one in ast.walk(module) if isinstance(one, ast.FunctionDef)]
    places = {
        one.name: [argument.arg for argument in one.args.args].index("verb")
        for one in functions
        if "verb" in [argument.arg for argument in one.args.args]
    }
    named = {
        "VERB", "verb", "FORGOTTEN",
        *(node.value.id for node in ast.walk(module)
          if isinstance(node, ast.keyword) and node.arg == "verb" and isinstance(node.value, ast.Name)),
    }  # fmt: skip
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "verb":
            yield from _texts(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in places:
            yield from (text for one in node.args[places[node.func.id] :][:1] for text in _texts(one))
        elif isinstance(node, ast.Assign) and any(
            isinstance(name, ast.Name) and name.id in named for one in node.targets for name in ast.walk(one)
        ):
            yield from _texts(node.value)


def _texts(value: ast.expr) -> Iterator[str]:
    for node in ast.walk(value):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value:
            yield node.value


def test_every_verb_that_is_recorded_has_words_and_no_other() -> None:
    recorded = {verb for module in _modules() for verb in _recorded(module)}
    assert recorded - set(deeds.DEEDS) == set(), "add it to portal/phrases/deeds.py and translate it"
    assert set(deeds.DEEDS) - recorded == set(), "no code records it any more"


@pytest.mark.django_db
def test_the_trail_reads_as_sentences_and_still_shows_the_verb(
    client: Client, acme: Tenant, alice: User
) -> None:
    audit.record(tenant=acme, actor="directory Acme ships", verb="member.admitted", object="leela")
    audit.record(tenant=acme, actor="directory", verb="of.tomorrow", object="<b>")
    client.force_login(alice, backend="tenants.signin.PlatformBackend")
    english, chinese = (
        client.get("/settings/audit/", headers={"host": "acme.localhost", "accept-language": language}).text
        for language in ("en", "zh-CN")
    )
    for page in (english, chinese):
        assert "<code>member.admitted</code>" in page
        assert "of.tomorrow<span" in page
    assert "Member let in by a source of people" in english
    assert "directory Acme ships" in english
    assert deeds.DEEDS["member.admitted"] not in chinese
    assert "目录服务 Acme ships" in chinese


def test_people_are_called_as_they_are() -> None:
    with translation.override("zh-hans"):
        for name in ("alice@example.com", "directory", "signers", ""):
            assert deeds.actor(name) == name
        assert deeds.actor("Petra (platform support)") == "Petra（平台支持）"
