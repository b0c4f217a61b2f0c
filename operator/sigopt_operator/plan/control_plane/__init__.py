"""The EKS cluster itself: creation, settings, versions, removal."""
