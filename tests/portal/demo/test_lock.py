import os

import pytest

from portal.demo.lock import DemoLock, DemoRuns


def test_a_second_demo_is_told_where_the_first_one_answers(tmp_path):
    path = tmp_path / "run" / "demo.lock"
    with DemoLock(path) as first:
        first.say_address("http://localhost:8123")
        with (
            pytest.raises(DemoRuns, match=rf"at http://localhost:8123 \(process {os.getpid()}\)"),
            DemoLock(path),
        ):
            pass


def test_the_lock_is_free_again_when_its_holder_is_gone(tmp_path):
    path = tmp_path / "demo.lock"
    with DemoLock(path) as first:
        first.say_address("http://localhost:8123")
    with DemoLock(path), pytest.raises(DemoRuns) as refused, DemoLock(path):
        pass
    assert refused.value.address == "", "the address of an earlier run must not be given"
