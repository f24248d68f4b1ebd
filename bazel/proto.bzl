"""Protobuf and gRPC code by the system's protoc; import paths start at the root of the repository."""

def joinery_proto_library(name, srcs, deps = [], visibility = None):
    """Makes `<name>_cc_grpc`: messages and services of `srcs`.

    deps: other joinery_proto_library names whose files are imported.
    """
    outs = []
    for src in srcs:
        stem = src[:-len(".proto")]
        outs += [stem + ext for ext in [".pb.h", ".pb.cc", ".grpc.pb.h", ".grpc.pb.cc"]]
    native.filegroup(
        name = name + "_protos",
        srcs = srcs + [d + "_protos" for d in deps],
        visibility = visibility,
    )
    native.genrule(
        name = name + "_gen",
        srcs = [":" + name + "_protos"],
        outs = outs,
        cmd = "protoc -I. --cpp_out=$(GENDIR) --grpc_out=$(GENDIR) " +
              "--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin " +
              " ".join(["$(location %s)" % s for s in srcs]),
        tools = srcs,
    )
    native.cc_library(
        name = name + "_cc_grpc",
        srcs = [o for o in outs if o.endswith(".cc")],
        hdrs = [o for o in outs if o.endswith(".h")],
        copts = ["-w"],
        visibility = visibility,
        deps = [d + "_cc_grpc" for d in deps] + ["//third_party/grpc", "//third_party/protobuf"],
    )
