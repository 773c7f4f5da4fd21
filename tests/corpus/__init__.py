"""Files as clerks really send them, and files that mean harm: each ends in the right rows or in a sentence."""
