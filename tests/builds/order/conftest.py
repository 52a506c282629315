"""The people, for these tests."""

from tests.builds.golden import index, python, sent, tools
from tests.people import acme, alice, bob, charlie, globex, petra

__all__ = ["acme", "alice", "bob", "charlie", "globex", "index", "petra", "python", "sent", "tools"]
