"""Rosters on paper: the summary and the detail as PDF, for signature and stamp (ROS-10)."""
