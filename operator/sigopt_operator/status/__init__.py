"""Pure: what a round found, planned and did, said to people and machines.

Parts report themselves; `Ready`, `Reconciling`, `Stalled`, the phase and the events are derived.
"""
