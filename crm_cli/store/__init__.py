"""The store: the only package that speaks SQL to the file (reports apart) and its journal."""
