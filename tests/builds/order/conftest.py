"""The people, for these tests."""

from tests.builds.golden import index, python, sent
from tests.people import acme, alice, bob, charlie, globex, petra

__all__ = ["acme", "alice", "bob", "charlie", "globex", "index", "petra", "python", "sent"]
