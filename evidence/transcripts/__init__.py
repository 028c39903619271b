"""Transcripts of chat exports and mails: read in the sandbox, kept as derivatives, shown line by line."""
