"""Bytes to plain rows and back: CSV and JSON Lines, header recognition, presets, reject files."""
