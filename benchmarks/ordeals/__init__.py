"""What befalls a recorder: crashes, outages, full disks."""
