"""kopf, and the only module that knows it.

kopf watches, holds the finalizer, and tells what happened; its handlers put the resource's key on
the work queue and nothing else. What was last seen of a resource is kept in memory only: after a
restart every resource is looked at again, which a level-triggered operator wants anyway, and
nothing of ours ever stands in an annotation.
"""
