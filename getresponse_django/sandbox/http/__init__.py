"""HTTP and the API's manners: requests, answers, errors, checks of bodies, filters, limits, faults."""
