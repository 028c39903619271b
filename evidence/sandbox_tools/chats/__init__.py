"""Readers of chat exports and mails: pure functions from bytes to lines. What they do not understand is a line too."""
