"""Addresses: `platform` on the portal host, `tenant` on a tenant's host or below `/<tenant>/`."""
