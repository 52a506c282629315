"""A tenant's LDAP servers: reaching them, finding people there, and what their groups give them."""
