"""The OCI Distribution door: parse, one rule, render. Rules live in `registry`'s verb modules."""
