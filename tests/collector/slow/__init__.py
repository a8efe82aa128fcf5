"""What takes long, or needs root: kills, full disks, hostile connections."""
