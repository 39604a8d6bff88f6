"""Calls that are tried: planned, made through the real SDK, client and store, tracked, and judged at once."""
