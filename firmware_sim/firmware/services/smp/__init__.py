"""Management by MCUmgr's Simple Management Protocol: one command core, whatever link it comes over."""
