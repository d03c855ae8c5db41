"""Documentation, and the program that takes its screenshots."""
