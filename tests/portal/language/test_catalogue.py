"""The Simplified Chinese catalogue: everything that code and templates mark, translated, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.portal.language.catalogues import CHINESE, ROOT, messages

HINT = "run `make messages`, translate what is new in portal/locale, and commit it"


@pytest.fixture
def gathered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings) -> Path:
    """The catalogue as `make messages` would write it, made from a copy of the sources."""
    listed = [
        "git",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        "*.py",
        "*.html",
        "*.txt",
        "*.yaml",
        "*.md",
    ]
    for name in subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split(
        "\0"
    ):
        if (
            name.partition("/")[0] in {"portal", "builds", "catalog", "registry", "tenants", "templates"}
            and (source := ROOT / name).is_file()
        ):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, tmp_path / name)
    copy = tmp_path / CHINESE.relative_to(ROOT)
    copy.parent.mkdir(parents=True)
    shutil.copy(CHINESE, copy)
    settings.LOCALE_PATHS = [tmp_path / "portal" / "locale"]
    monkeypatch.chdir(tmp_path)
    call_command("makemessages", locale=["zh_Hans"], verbosity=0)
    return copy


def test_the_catalogue_holds_what_sources_say_and_nothing_else(gathered: Path) -> None:
    said = {message.key for message in messages(gathered)}
    kept = {message.key for message in messages()}
    assert said - kept == set(), HINT
    assert kept - said == set(), HINT


def test_nothing_is_left_untranslated_or_guessed() -> None:
    assert [one.key for one in messages() if not all(one.translations)] == [], HINT
    assert [one.key for one in messages() if any("fuzzy" in note for note in one.notes)] == [], HINT


def test_a_translation_holds_the_values_and_the_markup_of_its_text() -> None:
    assert [
        (one.key, one.lacks(text)) for one in messages() for text in one.translations if one.lacks(text)
    ] == []


def test_sentences_end_as_chinese_sentences_do() -> None:
    """A full stop of Latin writing behind Han is what hurried work leaves."""
    found = [
        text
        for one in messages()
        for text in one.translations
        if text.endswith((".", ",", ";", ":", "!", "?"))
    ]
    assert found == []
