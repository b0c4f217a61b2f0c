"""What holds for every test."""

import signal

# A job in the background of a shell starts with SIGINT ignored, and so would all that tests start:
# they have to find it as a person at a terminal does.
signal.signal(signal.SIGINT, signal.default_int_handler)
