"""The starter catalogue: images defined here, as data, that every installation may offer its tenants."""
