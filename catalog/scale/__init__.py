"""Whole catalogues at once, to see how the product behaves at their size: rows only, no layer behind them.

`synthetic` makes one up, `shared` reads public data; `load` writes either in bulk and takes it back. Nothing of
this is used by a portal in service.
"""
