"""What stands behind a derivation besides its proof: the numbers of the articles, the code, the witnesses."""
