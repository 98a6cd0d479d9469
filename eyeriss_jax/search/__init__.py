"""Searches over mappings and designs."""
