"""Try a built image in the sandbox: the tests of the catalogue image it is, or is made upon.

Not in charge of what a failed check means; the signer judges that again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builds.engine.built import BuiltImage
from builds.engine.sandbox import NoRuncError, TestReport, TestSpec
from builds.engine.store import Store
from builds.worker import base, runners
from builds.worker.errors import NoSandbox, TestFailed
from builds.worker.order import Order
from builds.worker.registry import Staging


def try_image(
    order: Order, image: BuiltImage, *, store: Store, staging: Staging, say: Callable[[str], None]
) -> dict[str, Any]:
    """Run every platform's tests; give the summary that the result document carries.

    Raises TestFailed when a check does not hold, NoSandbox when nothing may run here and untested images
    may not be published, SandboxError, ClusterRefusedError, PushRefused.
    """
    spec = test_spec(order)
    runner = runners.chosen(store=store, staging=staging, say=say)
    reports = []
    for platform in image.platforms:
        base.fetch_layers(order, platform.architecture, store, staging)
        try:
            reports.append(runner.run(store=store, image=platform, spec=spec))
        except NoRuncError as error:
            if not order.may_publish_untested:
                raise NoSandbox(str(error)) from error
            say(f"{error} The operator allows untested images.")
            return summary([])
    for report in reports:
        _tell(report, say)
    _judge(reports)
    return summary(reports)


def test_spec(order: Order) -> TestSpec:
    """What must hold: the whole test spec, or for a golden image what still applies of its base's."""
    spec = TestSpec.from_json(order.tests)
    if not order.is_customised:
        return spec
    wanted = order.spec
    is_changed = any(field is not None for field in (wanted.entrypoint, wanted.cmd))
    is_changed |= bool(wanted.entrypoint_append or wanted.cmd_append)
    return spec.for_customised(is_command_changed=is_changed)


def summary(reports: list[TestReport]) -> dict[str, Any]:
    """Counts, and every check with its architecture and evidence."""
    checks = [
        {**check.to_json(), "architecture": report.architecture}
        for report in reports
        for check in report.checks
    ]
    return {
        "runner": reports[0].runner if reports else "",
        "architectures": [report.architecture for report in reports if report.was_run],
        "passed": sum(check["passed"] for check in checks),
        "total": len(checks),
        "checks": checks,
        "notes": sorted({note for report in reports for note in report.notes}),
    }


def _tell(report: TestReport, say: Callable[[str], None]) -> None:
    for check in report.checks:
        verdict = "passed" if check.passed else "FAILED"
        say(f"{report.architecture} {verdict}: {check.name} ({check.seconds * 1000:.0f} ms)")
        if not check.passed:
            for line in check.evidence.splitlines():
                say(f"    {line}")
    for note in report.notes:
        say(note)


def _judge(reports: list[TestReport]) -> None:
    failed = [check for report in reports for check in report.checks if not check.passed]
    if failed:
        first = failed[0].evidence.partition("\n")[0]
        names = ", ".join(dict.fromkeys(check.name for check in failed))
        raise TestFailed(f"The image failed in the sandbox: {names} ({first}).")
