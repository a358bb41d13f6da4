"""The battery of traps: what a library that remembers calls can get wrong."""
