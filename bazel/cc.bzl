"""The project's C++ rules: one home for warnings, sanitizers and test defaults."""

_COPTS = [
    "-Wall",
    "-Wextra",
] + select({
    # The fuzzers' compiler warns of other things.
    "//bazel:fuzzing": [],
    "//conditions:default": ["-Werror"],
}) + [
    "-Wno-missing-field-initializers",
    "-Wno-unused-command-line-argument",
]

def joinery_cc_library(name, copts = [], **kwargs):
    native.cc_library(name = name, copts = _COPTS + copts, **kwargs)

def joinery_cc_binary(name, copts = [], **kwargs):
    native.cc_binary(name = name, copts = _COPTS + copts, **kwargs)

def joinery_cc_test(name, deps = [], copts = [], size = "small", **kwargs):
    native.cc_test(
        name = name,
        size = size,
        copts = _COPTS + copts,
        deps = deps + ["//third_party/gtest"],
        **kwargs
    )

def joinery_cc_benchmark(name, deps = [], copts = [], tags = [], **kwargs):
    native.cc_binary(
        name = name,
        testonly = True,
        copts = _COPTS + copts,
        tags = tags + ["benchmark"],
        deps = deps + ["//third_party/benchmark"],
        **kwargs
    )

def joinery_cc_fuzz_test(name, srcs, deps = [], corpus = [], copts = [], tags = [], **kwargs):
    """A libFuzzer target: as a test it runs its corpus once; `./joinery fuzz` (config fuzz) runs it for real."""
    native.cc_test(
        name = name,
        size = "small",
        srcs = srcs,
        args = ["$(locations %s)" % label for label in corpus],
        copts = _COPTS + copts,
        data = corpus,
        linkopts = select({
            "//bazel:fuzzing": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        tags = tags + ["fuzz", "untrusted"],
        deps = deps + select({
            "//bazel:fuzzing": [],
            "//conditions:default": ["//bazel:fuzz_driver"],
        }),
        **kwargs
    )
