"""The embedded backend for Linux: warmed zygotes behind namespaces, seccomp, Landlock, rlimits and cgroups."""
