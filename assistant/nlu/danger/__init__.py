"""Decides whether a message tells of danger: phrases, signs built from parts, a model; see decide.py."""
