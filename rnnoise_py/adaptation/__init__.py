"""A model made better for one noise, and for one voice: the sounds, the judging, and how far to go."""
