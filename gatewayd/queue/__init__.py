"""The life of a message: accepted, claimed at its turn, submitted at the modem's pace, retried, and its history."""
