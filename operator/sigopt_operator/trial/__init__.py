"""Trying a cluster as the person who uses it: link by link, until one breaks."""
