"""What an operator does beside serving: backup, fold, export, import, load, doctor."""
