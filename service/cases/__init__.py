"""Cases and objections: from found, or filed, to answered."""
