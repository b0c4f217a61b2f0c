"""The whole plan in words, walked ahead."""
