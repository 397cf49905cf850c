"""Mail: building messages, and the ways by which they leave."""
