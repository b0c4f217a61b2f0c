"""What can go wrong at the edge to the management cluster."""


class ManagementApiError(Exception):
    """The management cluster's API did not do what was asked; the text is for people.

    Raised for an API server that is away, busy, or refuses (RBAC): looking again later is all that
    can be done about it from here.
    """
