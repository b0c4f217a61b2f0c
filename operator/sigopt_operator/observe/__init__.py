"""What stands in AWS: one reader for each area, assembled into one frozen `Snapshot`."""
