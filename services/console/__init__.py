"""What a duty officer looks at: web pages that the gateway serves, with no need of the internet."""
