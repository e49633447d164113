"""Merchants' files: decoding them, recognising whose they are, and turning rows into drafts of products, and back.

read.py         a file's bytes → a Reading: drafts, and what is wrong with the rest
decoding.py     bytes → text; table.py  text → rows and cells; words.py  HTML → paragraphs, names → slugs
shopify.py, woocommerce.py, documented.py, dummyjson.py   rows → drafts
merging.py      a draft beside what the books have → what would change
writing.py      drafts → the rows of a Shopify file
"""
