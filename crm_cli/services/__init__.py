"""Writing use cases: one file per noun, each function one unit, one transaction, one entry."""
