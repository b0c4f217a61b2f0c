"""Pools as managed node groups: made, changed, replaced, drained, removed."""
