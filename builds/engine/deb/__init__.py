"""The Debian package format: versions, relations, indexes, packages."""
