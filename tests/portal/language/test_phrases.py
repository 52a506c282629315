"""Sentences of the engine, of workers and of the database, told in the reader's language."""

# ruff: noqa: RUF001
from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
from django.template import Context, Template
from django.utils import translation

from builds import engine
from builds.engine.errors import EngineError, RemovalUnsafe, UnknownPackage, Unsolvable
from portal import phrases
from tests.portal.language.catalogues import ROOT

#: Fixed parts end where a value stands, or a sentence.
_FIXED = re.compile(r"\{\w+\}|\. ")
HINT = "change portal/phrases to what is said now, run `make messages`, translate it and commit both"
SOURCES = ("portal", "builds", "catalog", "registry", "tenants")
#: Parts of the engine whose errors only its command line meets.
OF_THE_COMMAND_LINE = frozenset({"cli", "survey", "testing"})
#: Sentences one of whose fixed words is a choice in code.
CHOSEN = {"{name} cannot be removed: {some} need it.", "{architecture} passed: {name} ({milliseconds} ms)"}


@pytest.fixture
def chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


def _errors() -> Iterator[type[EngineError]]:
    for module in pkgutil.walk_packages(engine.__path__, "builds.engine."):
        if not OF_THE_COMMAND_LINE & set(module.name.split(".")) and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = list(EngineError.__subclasses__())
    while found:
        error = found.pop()
        found += error.__subclasses__()
        if error.sentence != "{words}" and not OF_THE_COMMAND_LINE & set(error.__module__.split(".")):
            yield error


def test_every_error_of_the_engine_is_known_by_its_sentence() -> None:
    assert {error.sentence for error in _errors()} - set(phrases.PHRASES) == set(), HINT


def test_every_phrase_is_something_that_code_still_says() -> None:
    """A sentence that was changed where it is said would otherwise be told in English from then on."""
    said = "\n".join(_texts())
    known = {phrase for book in phrases.BOOKS.values() for phrase in book} - CHOSEN
    assert [phrase for phrase in known if not _is_in(phrase, said)] == [], HINT


def _is_in(phrase: str, said: str) -> bool:
    """Whether all fixed parts of a phrase stand in the sources, each in one text."""
    return all(part.strip(" .") in said for part in _FIXED.split(phrase))


def _texts() -> Iterator[str]:
    for folder in SOURCES:
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" in path.parts or "phrases" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
        yield from (path.read_text() for path in (ROOT / folder).rglob("*.yar"))


@pytest.mark.usefixtures("chinese")
def test_a_sentence_is_told_with_what_stands_in_it() -> None:
    missing = UnknownPackage(name="crul", suite="trixie", architecture="amd64", near=["curl", "crun"])
    assert phrases.told(str(missing)) == "trixie 中没有适用于 amd64 的软件包 crul。您是指 curl 或 crun？"
    stuck = Unsolvable(
        reasons=["curl 8.14.1-2 needs libc6 (>= 2.36)", "libc6 2.31-1 conflicts with tzdata 1"]
    )
    assert phrases.told(str(stuck)) == (
        "这些软件包无法同时安装。curl 8.14.1-2 需要 libc6 (>= 2.36)。libc6 2.31-1 与 tzdata 1 冲突。"
    )
    needed = RemovalUnsafe(needed={"libc6": ["curl"]})
    assert phrases.told(str(needed)) == "libc6 无法移除：curl 依赖它。"


@pytest.mark.usefixtures("chinese")
def test_a_reason_within_a_sentence_is_told_as_well() -> None:
    told = phrases.told("The registry did not answer: no connection. Another attempt takes over.")
    assert "no connection" not in told
    assert phrases.told("At most 4 entries are allowed.") == "最多 4 项。"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    "text", ["It needs a look. Then wait.", "the shop and the till", "Ticket 7", "你好", "", "a " * 2000]
)
def test_what_people_wrote_is_left_as_it_is(text: str) -> None:
    assert phrases.told(text) == text


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("unpack libc6 2.41-12", "解包 libc6 2.41-12"),
        (f"sha256:{'3f' * 32} 1310720 bytes mounted", "sha256:3f3f3f…3f3f 1.3 MB 已挂载"),
        ("it is the version it says", "版本与所称一致"),
        ("    none found", "    未发现"),
        ("    it was 3 bytes too long\n", "    it was 3 B too long\n"),
        (
            "The image failed in the sandbox: it computes (ended with 1).",
            "镜像未通过沙箱测试：可以计算（以状态 1 结束）。",
        ),
    ],
)
def test_a_line_of_a_log_is_told_with_its_short_words(line: str, said: str) -> None:
    assert Template("{% load assay %}{{ line|in_words }}").render(Context({"line": line})) == said


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize(
    ("line", "is_left"),
    [("    it was 3 bytes too long\n", True), ("unpack libc6 2.41-12", False), ("", False)],
)
def test_a_line_that_nobody_translated_is_read_out_as_english(line: str, is_left: bool) -> None:
    page = Template("{% load assay %}{{ line|is_left_in_english }}").render(Context({"line": line}))
    assert page == str(is_left)


def test_to_an_english_reader_no_line_is_foreign() -> None:
    page = Template("{% load assay %}{{ line|is_left_in_english }}").render(Context({"line": "too long"}))
    assert page == "False"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("text", ["unpack it soon", "image of the shop", "present", "it answers"])
def test_words_of_a_log_are_looked_for_in_no_other_text(text: str) -> None:
    assert phrases.told(text) == text


def test_english_stays_english() -> None:
    assert phrases.told("This is not YAML.") == "This is not YAML."


@pytest.mark.usefixtures("chinese")
def test_what_is_told_is_escaped_as_any_other_text() -> None:
    page = Template("{% load assay %}{{ text|told }}").render(Context({"text": "<b> is a directory."}))
    assert page == "&lt;b&gt; 是目录。"
