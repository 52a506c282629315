"""What templates say about values: sizes, ages, digests. Not in charge of markup."""
