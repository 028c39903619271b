"""One command from nothing to a running Recourse: its services, processes and their environment."""
