"""The way to the cluster's own API: tested, and what is wrong with it."""
