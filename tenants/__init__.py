"""Floor 0: who. Tenants, hostnames, people, roles, directories, tokens and the audit trail."""
