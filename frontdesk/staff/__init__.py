"""The clinic's people: accounts, signing in, and the audit of what they did."""
