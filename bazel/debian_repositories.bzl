"""Repository rules that make Debian's rule sets fit Debian's Bazel 4.2.3."""

_SHIM = """
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", _find_cpp_toolchain = "find_cpp_toolchain")

find_cpp_toolchain = _find_cpp_toolchain

def use_cpp_toolchain():
    return ["@bazel_tools//tools/cpp:toolchain_type"]
"""

def _patched_rules_cc_impl(ctx):
    ctx.execute(["cp", "-rL", ctx.attr.path + "/.", "."])
    ctx.file("cc/private/rules_impl/toolchain_shim.bzl", _SHIM)
    for name in ["compiler_flag", "cc_flags_supplier"]:
        path = "cc/private/rules_impl/" + name + ".bzl"
        text = ctx.read(path).replace(
            "@bazel_tools//tools/cpp:toolchain_utils.bzl",
            "//cc/private/rules_impl:toolchain_shim.bzl",
        )
        ctx.file(path, text)

# rules_cc 0.0.4 loads a symbol that Bazel 4.2.3 does not have yet.
patched_rules_cc = repository_rule(
    implementation = _patched_rules_cc_impl,
    attrs = {"path": attr.string(mandatory = True)},
    local = True,
)

def _coverage_stub_impl(ctx):
    ctx.file("WORKSPACE", "")
    ctx.file("stub.sh", "#!/bin/sh\nexit 0\n", executable = True)
    ctx.file("BUILD", """
sh_binary(
    name = "coverage_report_generator",
    srcs = ["stub.sh"],
    visibility = ["//visibility:public"],
)
""")

# `bazel test` insists on this repository, used or not.
coverage_stub = repository_rule(implementation = _coverage_stub_impl)

def _system_headers_impl(ctx):
    ctx.file("WORKSPACE", "")
    ctx.symlink(ctx.attr.path, "include")
    ctx.file("BUILD", """
cc_library(
    name = "headers",
    hdrs = glob(["include/*.h"]),
    includes = ["include"],
    visibility = ["//visibility:public"],
)
""")

# Headers that stand in a folder of their own below /usr/include.
system_headers = repository_rule(
    implementation = _system_headers_impl,
    attrs = {"path": attr.string(mandatory = True)},
    local = True,
)
