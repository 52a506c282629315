"""The people, for these tests."""

from tests.people import acme, alice, bob, charlie, globex, petra

__all__ = ["acme", "alice", "bob", "charlie", "globex", "petra"]
