"""Networks as plain data; torch is imported only where one is built."""
