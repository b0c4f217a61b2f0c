"""What only AWS knows, asked once before anything is made."""
