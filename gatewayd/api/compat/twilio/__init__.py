"""The `Messages` resource of Twilio's REST API, version 2010-04-01 (https://www.twilio.com/docs/messaging/api)."""
