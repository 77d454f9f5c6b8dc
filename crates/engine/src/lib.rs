//! Carries plans out: processes, Docker, proxy, probes, secrets.
