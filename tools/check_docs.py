#!/usr/bin/env python3
"""What the pages say must be so: links and paths exist, ARCHITECTURE.md names the folders that are there,
the pages of docs/ name each variable that the code reads, docs/configuration.md each flag and no other;
contracts say a word about each field, and of each call whether it may be repeated.

usage: check_docs.py; prints what is wrong; exit code 1 when anything is.
"""
import os
import re
import subprocess
import sys

LAYERED = ("planner", "connectors", "services")  # ARCHITECTURE.md names what is inside, too.


def tracked():
    return subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True).stdout.split("\n")[:-1]


def read(path):
    with open(path) as file:
        return file.read()


def folders(files):
    out = set()
    for path in files:
        parts = path.split("/")[:-1]
        out.update("/".join(parts[:n]) for n in range(1, len(parts) + 1))
    return out


def dead_links(files, wrong):
    known = set(files) | folders(files)
    top = {path.split("/")[0] for path in known if "/" in path}
    for page in (path for path in files if path.endswith(".md")):
        text = re.sub(r"```.*?```", "", read(page), flags=re.S)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if not re.match(r"[a-z]+:", target):
                path = os.path.normpath(os.path.join(os.path.dirname(page), target))
                if path not in known:
                    wrong.append("%s: dead link %s" % (page, target))
        for target in re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text):
            path = target.rstrip("/")
            if path.split("/")[0] in top and "/" in path:
                if path not in known and os.path.normpath(os.path.join(os.path.dirname(page), path)) not in known:
                    wrong.append("%s: there is no %s" % (page, target))


def architecture(files, wrong):
    page = read("ARCHITECTURE.md")
    first_cells = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    named, at = set(), ""
    for cell in first_cells:
        for name in re.findall(r"`([^`]+)/`", cell):
            # `connectors/remote_schema/`, `action/`: the second stands beside the first.
            if name.split("/")[0] not in {path.split("/")[0] for path in files} and at:
                name = at + "/" + name
            named.add(name)
            at = os.path.dirname(name) or at
    there = folders(files)
    for name in sorted(named - there):
        wrong.append("ARCHITECTURE.md: there is no folder %s/" % name)
    for name in sorted(there):
        parts = name.split("/")
        wanted = (len(parts) == 1 and not name.startswith(".") and name not in LAYERED) or (
            len(parts) == 2 and parts[0] in LAYERED)
        if wanted and not any(n == name or n.startswith(name + "/") for n in named):
            wrong.append("ARCHITECTURE.md: does not name %s/" % name)


def settings(files, wrong):
    page = read("docs/configuration.md")
    all_pages = "".join(read(path) for path in files if re.fullmatch(r"docs/[\w-]+\.md", path))
    # `HASURA_GRAPHQL_AUTH_HOOK`, `…_MODE` stands for the longer name.
    for whole, rest in re.findall(r"`((?:HASURA|JOINERY)_\w+)`, `…(_\w+)`", page):
        page += " `%s%s`" % (whole, rest)
    pattern = r"`((?:HASURA_GRAPHQL|JOINERY)_\w+)`"
    documented = set(re.findall(pattern, page))
    used, flags = set(), set()
    for path in files:
        if path.endswith((".cc", ".h")) and not path.endswith("_test.cc") and path.split("/")[0] in (
                "base", "connectors", "planner", "services"):
            text = read(path)
            used.update(re.findall(r'"((?:HASURA_GRAPHQL|JOINERY)_[A-Z0-9_]+)"', text))
            if path == "services/joinery/options.cc":
                block = re.search(r"KnownFlags\(\).*?};", text, re.S).group()
                flags = {flag.rstrip("!") for flag in re.findall(r'"([a-z-]+!?)"', block)}
    for name in sorted(used - documented - set(re.findall(pattern, all_pages))):
        wrong.append("docs/: no page names %s" % name)
    for name in sorted(documented - used):
        wrong.append("docs/configuration.md: nothing reads %s" % name)
    shown = set(re.findall(r"`--([a-z-]+)`", page))
    for flag in sorted(flags - shown):
        wrong.append("docs/configuration.md: does not name --%s" % flag)
    for flag in sorted(shown - flags):
        wrong.append("docs/configuration.md: there is no flag --%s" % flag)


def contracts(files, wrong):
    for path in files:
        if not path.endswith(".proto"):
            continue
        comment = []
        for number, line in enumerate(read(path).splitlines(), 1):
            text = line.strip()
            if text.startswith("//"):
                comment.append(text)
                continue
            if re.match(r"(repeated |optional )?[\w.]+ \w+ = \d+;", text) and not comment:
                wrong.append("%s:%d: a field without a word" % (path, number))
            if text.startswith("rpc ") and "repeated" not in " ".join(comment):
                wrong.append("%s:%d: may this call be repeated?" % (path, number))
            comment = []


def main():
    files, wrong = tracked(), []
    dead_links(files, wrong)
    architecture(files, wrong)
    settings(files, wrong)
    contracts(files, wrong)
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


sys.exit(main())
