"""What the command costs, beside what nobody can beat and beside peers."""
