"""The edge to AWS: clients, errors in the operator's own words, the stack's template."""
