"""What people found out about the material and wrote down: fakes, chronology, harm, papers to sign."""
