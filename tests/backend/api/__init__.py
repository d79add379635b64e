"""Tests of the web room. Those that need no worker run the application in this process."""
