"""What is read from each new exhibit by itself: probes run in the sandbox, their results are derivatives."""
