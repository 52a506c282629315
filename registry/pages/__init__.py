"""Pages of repositories, tags and pins. Rules live in `registry`'s verb modules."""
