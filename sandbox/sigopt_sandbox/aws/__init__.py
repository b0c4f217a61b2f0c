"""The simulated AWS: ministack, mended where it differs from AWS, with our own EKS inside.

This package runs inside the process of ministack, in an environment of its own that has
ministack's dependencies and nothing else. `python -m sigopt_sandbox.aws` starts it.
"""
