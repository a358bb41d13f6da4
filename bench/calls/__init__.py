"""What a remembered call in Python costs, beside what nobody can beat and beside peers."""
