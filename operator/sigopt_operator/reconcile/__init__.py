"""A round for one resource: `conductor` is the whole of it, in order; the others do its parts."""
