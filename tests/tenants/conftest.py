"""The people, for these tests."""

from tests.people import acme, alice, bob, charlie, globex, petra
from tests.servers.slapd import slapd

__all__ = ["acme", "alice", "bob", "charlie", "globex", "petra", "slapd"]
