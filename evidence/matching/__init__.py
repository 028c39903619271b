"""Fingerprints of pictures and films: how they are made, searched, compared, and what is said of a likeness."""
