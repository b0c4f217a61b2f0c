"""Weather: what goes wrong for as long as it lasts, between who asks and what answers.

A rule of microburst (`sandbox faults`) meets what it names; weather meets everything, by chance,
and the chance comes from a seed: the same requests in the same order meet the same. It is set for
one account or for all, changed at any time, and it counts what it did.

- `climate` is what the weather is like, and which fault a request meets (no I/O);
- `past` is what readings show that are of before (no I/O);
- `aws` is the weather before the simulated AWS, inside the process that AWS_ENDPOINT_URL names;
- `kubernetes` is the weather before an API server, in a process of its own.
"""
