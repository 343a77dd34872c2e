"""Every statement on people and sessions, built once. Private to this package: rules live beside, never here."""
