"""SCIM 2.0 as servers really speak it: what a vendor bends is a Profile, what any may do is in the client."""
