"""EKS's managed add-ons and their versions."""
