#!/usr/bin/env python3
"""Adds up the test cases that Bazel's result files tell of.

usage: count_tests.py TESTLOGS EXIT_CODE
"""
import os
import sys
import xml.etree.ElementTree as ElementTree


def main():
    passed = failed = skipped = 0
    for folder, _, files in os.walk(os.path.realpath(sys.argv[1])):
        if "test.xml" not in files:
            continue
        cases = list(ElementTree.parse(os.path.join(folder, "test.xml")).getroot().iter("testcase"))
        for case in cases:
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            elif case.find("skipped") is not None or case.get("result") == "skipped":
                skipped += 1
            else:
                passed += 1
    # A target that did not build has no result file.
    if int(sys.argv[2]) != 0 and failed == 0:
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")


main()
