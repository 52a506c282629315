"""Fixtures of the trust tests."""

from tests.builds.trust import *  # noqa: F403
