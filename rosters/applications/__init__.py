"""Applications for subsidies (在线申报, ZLT§19): when a policy may be applied for, what villagers ask for, what the
townships decide, and how the approved become lines of a roster."""
