"""A small grammar of English sentences and their German translations: words, and how sentences are made of them."""
