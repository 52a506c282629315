"""The same random requests to us and to Debian's docker-registry: where the specification decides, both must agree."""
