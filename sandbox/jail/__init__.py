"""What runs on the far side of the wall: standard library only, imported by a zygote that holds nothing of the server's."""
