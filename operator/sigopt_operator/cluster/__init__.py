"""The API of the cluster itself: how it is opened, and asked."""
