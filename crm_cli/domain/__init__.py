"""Pure rules of the business: no SQL, no input or output, no clock."""
