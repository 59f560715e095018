"""What is said of doubted accounts: the day's report, rings, reasons."""
