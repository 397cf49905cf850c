"""Reading use cases of records: lists, single records, search."""
