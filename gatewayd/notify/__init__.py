"""Partner notification: tells partners about outages and planned works by e-mail and SMS."""
