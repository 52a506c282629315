"""The catalogue's JSON doors: parse, ask one rule, render. Errors are shaped by `portal.api`."""
