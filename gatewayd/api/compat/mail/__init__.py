"""E-mail to SMS: a listener that speaks LMTP (RFC 2033) and SMTP (RFC 5321), to which a mail server hands letters.

``session`` is the protocol (bytes in, events out), ``letter`` takes the text out of a mail, ``delivery`` decides and
submits, ``listener`` does the input and output.
"""
