"""What people and programs meet: the day's run, explanations, the store, HTTP, commands."""
