"""The site: the results and documents of a checkout as pages, which need no server and work in any folder."""
