"""Publishing: turns results into the README, the documents and the site."""
