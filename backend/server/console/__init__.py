"""The console: pages for people at `/console`, of what record, ledger, queue and policy say. They keep nothing."""
