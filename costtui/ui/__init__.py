"""The monitor: the only room that knows Textual."""
