"""Pages of the catalogue. Each view parses, asks one rule and renders; no rule lives here."""
