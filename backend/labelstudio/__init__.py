"""What Label Studio sends, shows and takes back. Knows no policy and no privacy."""
