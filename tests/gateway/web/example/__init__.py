"""A page with a subject of its own, as the web kit's tests need one."""
