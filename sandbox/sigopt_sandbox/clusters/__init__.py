"""The endpoints of simulated EKS clusters.

A process beside the simulated AWS asks it every moment which clusters exist, and makes the world
so: an API server for each (a real one, or a light stand-in), a Node for each instance, and the
authentication and authorization that EKS puts in front of it.
"""
