"""Being one of a group: what that is for workers and for consumers, and a consumer in one that shares."""
