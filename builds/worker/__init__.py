"""The build worker: an order in, blobs and a report out. No database, no signing key.

Everything here runs with the dummy database backend: it may import the engine and `httpx2`, never a model.
"""
