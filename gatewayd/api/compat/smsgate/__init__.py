"""The API of SMS Gateway for Android, as its published clients call it (https://docs.sms-gate.app/integration/api/)."""
