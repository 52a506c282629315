"""Where packages come from: apt's own source lists, transport, verified releases."""
