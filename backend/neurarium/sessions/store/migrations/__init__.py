"""Changes of the tables, one after the other, each whole or not at all. There is no way back but a backup."""
