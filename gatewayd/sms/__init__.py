"""Text and octets of SMS, pure: alphabets, segments, PDUs, and what the network's error codes mean.

Nothing here reads a clock, a file or a line; everything is bytes or text in, frozen objects out.
"""
