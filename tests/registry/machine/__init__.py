"""A state machine that pushes, mounts, tags, deletes, grants and collects, held against a model of what should be."""
