"""A target and a fit along an axis: `report_on` searches for what a function of both computes."""
