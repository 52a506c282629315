"""Pages of a tenant's own settings. Each view parses, asks one rule and renders."""
