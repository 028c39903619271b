"""The composition root: settings, addresses, the timetable, the one-command stack."""
