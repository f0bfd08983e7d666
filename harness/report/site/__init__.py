"""The site: the results and documents of a checkout as pages, which work from any folder and need no server."""
