"""Where models learn and are evaluated; the only room that knows Lightning's Trainer."""
