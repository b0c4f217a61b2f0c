"""Pure decisions: `decide(wish, snapshot, now, tempo) -> Plan`.

Nothing in this room does I/O, reads a clock, logs, or knows boto3, kopf or kubernetes; a check in
`make check` enforces it. What AWS holds comes in as a frozen `Snapshot`, what to do goes out as
frozen actions that compare with `==`, so every rule of the system is tested as a table.

`decide.py` walks the table in `parts.py`; each row has a room here, whose door is its `part.py`.
What concerns no single part stands beside them: the wish, the moment, adoption, pause, schedule.
"""
