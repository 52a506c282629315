"""What we claim about a released digest: bill of materials, provenance, test result.

Values in, JSON values out. Not in charge of signing or storing (`builds.signing`).
"""
