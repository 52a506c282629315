"""Workload identity: trading another system's token for a short right to the registry, by written policy."""
