"""Schema migrations: forward only, one plain SQL file each, safe under the previous release."""
