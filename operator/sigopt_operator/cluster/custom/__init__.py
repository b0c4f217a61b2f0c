"""The way to a cluster that somebody else made: its kubeconfig, read and used with suspicion.

A kubeconfig is written by whoever may create a Secret, and used by an operator that stands where
they do not. So it is parsed here and by nobody else's loader; what would run a program, read a file
or weaken TLS is refused; and where it leads is judged by the address that is really connected to.
"""
