"""The demo and the benchmarks: a real Home Assistant with pretended devices, on this machine."""
