"""Handing a question to people: who has it, what happens to it, and when somebody is there."""
