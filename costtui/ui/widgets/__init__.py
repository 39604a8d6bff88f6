"""Widgets that draw their own lines; each is handed frozen facts through ``show``."""
