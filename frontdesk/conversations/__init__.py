"""Conversations with visitors: what is kept of them, in which order, and who owns each."""
