"""Where ministack differs from AWS, one module a service; each has `install(world)`."""
