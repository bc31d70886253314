"""Camera Smart Alerts."""
