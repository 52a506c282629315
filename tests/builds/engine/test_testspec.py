"""Test specs: read from data, and what of them must still hold of a golden image."""

from __future__ import annotations

import pytest

from builds.engine.sandbox import Check, TestReport, TestSpec

SPEC = TestSpec.from_json(
    {
        "no_shell": True, "starts": True, "prepare": [["/bin/make"]], "probes": [{"port": 80}],
        "commands": [
            {"name": "alone", "args": ["/a", 1]}, {"name": "beside", "args": ["/b"], "in_running": True},
            {"name": "own", "args": ["/c"], "base_only": True},
        ],
        "files": [{"path": "/etc/x"}],
    }
)  # fmt: skip


def names(spec: TestSpec) -> list[str]:
    return [command.name for command in spec.commands]


def test_words_of_commands_are_text() -> None:
    assert SPEC.commands[0].args == ("/a", "1")


def test_a_golden_image_keeps_what_its_base_promises() -> None:
    kept = SPEC.for_customised(is_command_changed=False)
    assert names(kept) == ["alone", "beside"]
    assert (kept.no_shell, kept.starts, kept.prepare, kept.probes) == (False, True, SPEC.prepare, SPEC.probes)
    assert kept.files == SPEC.files


def test_a_golden_image_with_another_command_is_no_server() -> None:
    kept = SPEC.for_customised(is_command_changed=True)
    assert names(kept) == ["alone"]
    assert (kept.starts, kept.prepare, kept.probes) == (False, (), ())
    assert kept.files == SPEC.files


@pytest.mark.parametrize("data", [{"startz": True}, {"commands": [{"name": "x", "args": [], "shell": True}]}])
def test_an_unknown_field_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        TestSpec.from_json(data)


def test_a_report_without_checks_has_not_passed() -> None:
    assert not TestReport("runc", "amd64", True, ()).passed
    assert TestReport("runc", "amd64", True, (Check("x", True, ""),)).passed
    assert not TestReport("runc", "amd64", True, (Check("x", True, ""), Check("y", False, ""))).passed
