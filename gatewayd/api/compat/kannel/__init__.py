"""Kannel's `/cgi-bin/sendsms` (user guide 1.4.5, chapter 6, "Using the HTTP interface to send SMS messages")."""
