"""How long Auto Scaling takes, in seconds of AWS."""

from __future__ import annotations

NOTICED = 5.0
"""Seconds until Auto Scaling acts on a new capacity: assumed."""
IN_SERVICE = 45.0
"""Seconds from launch to InService: assumed, from node groups that need 1.5 to 3.5 minutes."""
TRY_AGAIN = 60.0
"""Seconds until a failed launch is tried again; Auto Scaling backs off from there: assumed."""
ENDED = 60.0
"""Seconds until an ended instance has left its group: assumed."""
