"""Pieces of an image that no package ships: the skeleton, accounts, trust stores, alternatives.

There is no ``ld.so.cache``: Debian's loader finds its multiarch directories by itself, a cache would be
one more file to go stale in a customer's layer, and writing one would mean running ``ldconfig``.
"""
