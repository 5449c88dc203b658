"""A second implementation of the reading side, written from docs/spec alone."""
