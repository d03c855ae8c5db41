"""What a class sees of its lesson: the banner on the pupils' pages, and the board."""
