"""Where refusals become answers: once, here, for pages and for the API."""
