"""The build engine: turns a spec and a lock into an OCI layout.

A library of its own: no Django, no database of the portal, no HTTP to the
portal. It is usable and tested alone.
"""
