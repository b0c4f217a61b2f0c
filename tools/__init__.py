"""What keeps an account of the libraries: not a part of the operator."""
