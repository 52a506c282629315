"""The engine's own version: part of every lock and of every memo key.

Raise it whenever the same spec and lock could give another digest.
"""

ENGINE_VERSION = "2"
