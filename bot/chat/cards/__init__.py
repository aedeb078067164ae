"""Every sentence a person reads, as pure functions of what is true."""
