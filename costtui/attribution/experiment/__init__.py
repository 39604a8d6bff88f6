"""Experiments, locally: what each variation cost and achieved, which events count in it, and what to decide."""
