"""The object types, scalars and enums of the contract, one a file."""
