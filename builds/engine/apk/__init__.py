"""The apk package format, version 2: versions, relations, indexes, signatures, packages."""
