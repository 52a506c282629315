"""What starter images say of themselves: there for each, clean Markdown, and true of the image where its definition
can tell. That programs take the arguments, no test here knows: they were tried when they were written down.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from builds.starter.definitions import IMAGES, Definition, definitions
from builds.starter.stock import offer_of
from catalog import search
from catalog.describing import PLACE
from catalog.models import Image
from catalog.offer import offer
from catalog.pages.markdown import as_html
from catalog.sentences import NO_SHELL, paragraphs
from catalog.shelf import SEARCHED

#: Options of `docker run` that take a value; the others that are written here take none.
WITH_VALUE = {"-e", "-p", "-v", "-w", "--user", "--entrypoint", "--net", "--pid"}
ALONE = {"--rm", "-it", "-i"}
#: Places that every image has, or that a mount makes.
ANYWHERE = ("/tmp", "/opt", "/home/nonroot", "/usr/local/bin", "/host", "/etc/resolv.conf")
PATH = re.compile(r"(?<![\w.:@/])/(?:[a-z][\w.+-]*/)*[a-z][\w.+-]*(?![\w?])")


@pytest.fixture(params=sorted(definitions()))
def definition(request: pytest.FixtureRequest) -> Definition:
    return definitions()[request.param]


def test_each_image_has_a_description_of_its_own_and_there_are_no_others() -> None:
    assert {path.stem for path in IMAGES.glob("*.md")} == set(definitions())
    assert len({one.about for one in definitions().values()}) == len(definitions())


def test_it_is_short_and_read_by_the_search_to_its_end(definition: Definition) -> None:
    assert 100 <= len(definition.description) <= SEARCHED
    assert 1 <= len(paragraphs(definition.about)) <= 3
    assert len(re.findall(r"^ {4}\S", definition.about, re.MULTILINE)) <= 4
    assert PLACE in definition.about


def test_it_says_whether_there_is_a_shell(definition: Definition) -> None:
    assert definition.description.endswith(definition.shell or NO_SHELL)
    assert not definition.shell or re.fullmatch(r"It has a shell, since .+\.", definition.shell)


def test_it_is_clean_markdown(definition: Definition) -> None:
    text = (IMAGES / f"{definition.name}.md").read_text()
    assert text.endswith("\n")
    for block in text.removesuffix("\n").split("\n\n"):
        lines = block.split("\n")
        assert all(line == line.rstrip() and line and len(line) <= 116 for line in lines if line[0] == " ")
        if not block.startswith("    "):
            assert len(lines) == 1, "a paragraph is a line, and a text to translate"
            assert re.fullmatch(r"[A-Z`].*[.:]", block)
            assert "  " not in block
    html = as_html(definition.description)
    assert "`" not in html
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "code", "div", "pre", "button", "em"}


def commands(definition: Definition) -> Iterator[list[str]]:
    """The words of each `docker run`."""
    for block in definition.about.split("\n\n"):
        if block.startswith("    docker run"):
            for line in re.sub(r" \\\n\s+", " ", block).split("\n"):
                if "docker run" in line:
                    yield shlex.split(line)[2:]


def options(words: list[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """Options with their values, and what follows the image. Fails for an option that is not known here."""
    found, rest = [], iter(words)
    for word in rest:
        if word == PLACE:
            return found, list(rest)
        if word in WITH_VALUE:
            found.append((word, next(rest)))
        else:
            assert word in ALONE, word
    raise AssertionError(words)


def test_its_commands_publish_ports_and_keep_volumes_that_the_image_has(definition: Definition) -> None:
    for stream in definition.streams:
        ports = {str(port) for port in stream.spec.get("ports", ())}
        volumes = set(stream.spec.get("volumes", ()))
        for words in commands(definition):
            for option, value in options(words)[0]:
                if option == "-p":
                    inside = value.partition(":")[2]
                    assert inside in ports, value
                elif option == "-v" and not value.startswith((".", "/")):
                    assert value.split(":")[1] in volumes or value.split(":")[1] == stream.spec["workdir"], (
                        value
                    )


def known(definition: Definition) -> str:
    return json.dumps([[stream.spec, stream.tests] for stream in definition.streams])


def test_a_path_that_it_names_is_one_of_the_image_s_definition(definition: Definition) -> None:
    said = known(definition)
    for path in PATH.findall(definition.about.replace(PLACE, "")):
        place = PurePosixPath(path)
        is_there = path in said or json.dumps(str(place.parent)) in said
        assert is_there or any(place.is_relative_to(one) for one in ANYWHERE), path


def test_a_program_that_it_starts_is_one_that_the_image_is_tested_with(definition: Definition) -> None:
    said = known(definition)
    for words in commands(definition):
        started = [value for option, value in options(words)[0] if option == "--entrypoint"]
        assert all(json.dumps(value) in said for value in started), started
    for line in re.findall(r"^    (?:RUN|ENTRYPOINT) (.+)$", definition.about, re.MULTILINE):
        program = json.loads(line)[0]
        assert json.dumps(program) in said or program.startswith("/usr/local/bin/"), line


def test_a_port_in_a_sentence_is_one_of_the_image_s(definition: Definition) -> None:
    ports = {str(port).partition("/")[0] for port in definition.streams[0].spec.get("ports", ())}
    for text in paragraphs(definition.about):
        assert set(re.findall(r"(?:on|keep|[Pp]ort) (?:port )?(\d{4,5})\b", text)) <= ports


def test_an_image_that_it_sends_to_is_there(definition: Definition) -> None:
    for text in paragraphs(definition.about):
        for name in re.findall(r"(?:[Tt]ake|into|before it:?) `([a-z][a-z-]+)`", text):
            assert name in definitions(), name


@pytest.mark.django_db
def test_what_it_says_is_found_but_neither_its_commands_nor_what_is_said_of_most() -> None:
    for name in ("bash", "nginx", "node", "redis"):
        offer(image=offer_of(definitions()[name]))
    for word, found in {"shell": ["bash"], "npm": ["node"], "proxy": ["nginx"], "requirepass": []}.items():
        assert [one.name for one in search.matching(Image.objects.all(), word)] == found, word
