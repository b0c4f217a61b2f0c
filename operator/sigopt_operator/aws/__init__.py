"""The edge to AWS: sessions and clients, errors in the operator's own words, the stack's template."""
