"""The engine measured against the bare matrix product, the plain definition and other libraries."""
