"""Tests of an image before a tag may point to it: what is tested, and the runners that do it."""

from builds.engine.sandbox.container import NoRuncError, SandboxError
from builds.engine.sandbox.runc import RuncRunner
from builds.engine.sandbox.runner import TestRunner
from builds.engine.sandbox.values import Check, Command, FileCheck, Probe, TestReport, TestSpec

__all__ = [
    "Check",
    "Command",
    "FileCheck",
    "NoRuncError",
    "Probe",
    "RuncRunner",
    "SandboxError",
    "TestReport",
    "TestRunner",
    "TestSpec",
]
