"""What wallets do."""
