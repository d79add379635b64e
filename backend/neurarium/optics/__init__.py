"""What all probes see through: stages, passes through the network, answers, the plane, curvature. Needs torch."""
