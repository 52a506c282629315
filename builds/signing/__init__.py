"""Signatures over released digests: keys, byte forms, and where they are stored.

Not in charge of deciding what deserves a signature: see `builds.sign`.
"""
