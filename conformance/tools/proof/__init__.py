"""campaign, mistakes, sensitivity, counterexamples: measurements that prove the suite."""
