"""Django's PostgreSQL back end, and one thing more: each connection knows whose rows it may show."""
