"""Maintenance: which packages that people may want are reviewed, and which review would help most.

Its results are proposals for reviewed data files. What it reads is not verified, so nothing is built from
it; every package is judged again, from its verified file, when it is opened.
"""
