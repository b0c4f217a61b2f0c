"""What the plan decided, done: one small function for each kind of action, and no decisions."""
