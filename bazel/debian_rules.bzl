"""Bazel's own rule sets as Debian ships them, in place of the downloads that Bazel would try."""

load(":debian_repositories.bzl", "coverage_stub", "patched_rules_cc", "system_headers")

def debian_rules():
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")
    native.local_repository(name = "rules_proto", path = "/usr/share/bazel/rules/proto")
    native.local_repository(name = "platforms", path = "/usr/share/bazel/tools/platforms")
    native.local_repository(name = "bazel_skylib", path = "/usr/share/bazel/tools/skylib")
    patched_rules_cc(name = "rules_cc", path = "/usr/share/bazel/rules/cc")
    coverage_stub(name = "remote_coverage_tools")
    system_headers(name = "postgresql_headers", path = "/usr/include/postgresql")
