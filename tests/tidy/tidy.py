#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules, held by a machine. Each rule is one function that yields what breaks it.

Run: ./dev tidy. `tidy.py --self-test` breaks each rule on purpose and must see it.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

LEVELS = {
    "base": 0, "record": 1, "codec": 1, "ports": 2, "net": 2, "sqlite": 2,
    "source": 3, "emulator": 3, "gateway": 3, "broker": 3, "eventlog": 3, "groups": 3, "sink": 3,
    "store": 3, "lake": 3, "engine": 3, "batch": 3, "stream": 3, "schedule": 3, "dash": 3,
    "posix": 3, "memory": 3, "remote": 3, "pinterest": 4, "app": 5,
}
# Folders of one level that may see another of it.
SIDEWAYS = {("codec", "record"), ("sqlite", "ports"), ("net", "ports")}

# Libraries that only one folder may include, so that they can be changed there and stay quick to build.
ONLY_IN = {
    "boost/beast": {"net"}, "curl/": {"net"}, "duckdb.h": {"engine"}, "sqlite3.h": {"sqlite"},
    "yaml-cpp/": {"app"}, "CLI/": {"app"}, "librdkafka/": {"remote"}, "mysql": {"remote"},
}
DOMAIN_WORDS = re.compile(r"pinterest|geolocation|user_data", re.IGNORECASE)
DOMAIN_FOLDERS = {"pinterest", "app"}

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 100
LINE_COLUMNS_MAX = 120
PORT_METHODS_MAX = 12
README_LINES_MAX = 20
BINARY_BYTES_MAX = 256 * 1024

INCLUDE = re.compile(r'^\s*#include\s+(["<])([^">]+)[">]', re.MULTILINE)


def sources(root):
    return sorted(p for p in (root / "src").rglob("*") if p.suffix in {".h", ".cpp"})


def folder_of(root, path):
    return path.relative_to(root / "src").parts[0]


def place(root, path, line=None):
    text = str(path.relative_to(root))
    return f"{text}:{line}" if line else text


def is_test(path):
    return path.name.endswith("_test.cpp") or re.search(r"_test_|_test\.h$|fixture|fake", path.name)


def check_levels(root):
    """A folder includes only lower levels; a station never includes a station (tests alone may)."""
    for path in sources(root):
        folder = folder_of(root, path)
        if folder not in LEVELS:
            yield f"{place(root, path)}: folder src/{folder} has no level; add it to LEVELS"
            continue
        for match in INCLUDE.finditer(path.read_text()):
            target = match.group(2).split("/")[0]
            if match.group(1) != '"' or target not in LEVELS or target == folder or is_test(path):
                continue
            if LEVELS[target] < LEVELS[folder] or (folder, target) in SIDEWAYS:
                continue
            line = path.read_text()[: match.start()].count("\n") + 1
            yield f"{place(root, path, line)}: {folder} may not include {match.group(2)}"


def check_links(root):
    """CMake's links say the same as the includes."""
    for path in sorted((root / "src").rglob("CMakeLists.txt")):
        folder = folder_of(root, path)
        for call in re.findall(r"pinflow_library\(\w+([^)]*)\)", path.read_text()):
            links = re.search(r"\bLINKS\s+([\w\s]*?)(?=USES|TEST_LINKS|TEST_USES|$)", call)
            for word in (links.group(1).split() if links else []):
                target = word.split("_")[0]
                if target in LEVELS and target != folder and (folder, target) not in SIDEWAYS \
                        and LEVELS[target] >= LEVELS.get(folder, 9):
                    yield f"{place(root, path)}: {folder} may not link {word}"


def check_libraries(root):
    """Heavy or replaceable libraries stay in their one folder."""
    for path in sources(root):
        folder = folder_of(root, path)
        for match in INCLUDE.finditer(path.read_text()):
            for prefix, allowed in ONLY_IN.items():
                if match.group(2).startswith(prefix) and folder not in allowed and not is_test(path):
                    yield f"{place(root, path)}: only {sorted(allowed)} may include {match.group(2)}"


def check_domain(root):
    """The machinery names nothing of the course."""
    for path in sources(root):
        if folder_of(root, path) in DOMAIN_FOLDERS:
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            # Paths to the pipeline that tests run against are not knowledge of the domain.
            if DOMAIN_WORDS.search(line.replace("pipelines/pinterest", "")):
                yield f"{place(root, path, number)}: names the domain: {line.strip()[:60]}"


def check_ports(root):
    """A port is virtual functions and values; few methods."""
    for path in sorted((root / "src/ports").glob("*.h")):
        text = path.read_text()
        for name, body in re.findall(r"^class (\w+) \{\n(.*?)^\};", text, re.MULTILINE | re.DOTALL):
            methods = re.findall(r"^\s+virtual (?!~)", body, re.MULTILINE)
            if len(methods) > PORT_METHODS_MAX:
                yield f"{place(root, path)}: {name} has {len(methods)} methods; {PORT_METHODS_MAX} at most"
            if "virtual ~" not in body:
                yield f"{place(root, path)}: {name} has no virtual destructor"
            if re.search(r"^\s+[\w:<>]+ \w+_;", body, re.MULTILINE):
                yield f"{place(root, path)}: {name} holds data"


def check_files(root):
    """First line, width, banned words, sizes."""
    banned = {
        r"\bFIXME\b": "mend it or say TODO(kind)",
        r"\bTODO(?!\()": "TODO carries a kind: TODO(perf)",
        r"\busing namespace (?!std::chrono|std::literals|testing)": "name what is used",
        r"\bsleep_for\b|\busleep\(": "wait for a condition",
        r"\bthrow [A-Za-z]": "return a Result",
        r"\bstd::regex\b": "linear time only (RE2)",
    }
    for path in sources(root):
        text = path.read_text()
        lines = text.splitlines()
        if not lines or lines[0] != "// SPDX-License-Identifier: Apache-2.0":
            yield f"{place(root, path)}: the first line is not the SPDX line"
        if len(lines) > FILE_LINES_MAX and not is_test(path):
            yield f"{place(root, path)}: {len(lines)} lines; look again past 400, never past {FILE_LINES_MAX}"
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_COLUMNS_MAX and "http" not in line and 'R"' not in line and not is_test(path):
                yield f"{place(root, path, number)}: {len(line)} columns"
            for pattern, advice in banned.items():
                if re.search(pattern, line) and "tidy: allowed" not in line:
                    yield f"{place(root, path, number)}: {line.strip()[:50]}: {advice}"


def check_functions(root):
    """No function past FUNCTION_LINES_MAX lines (by its closing brace in column 0)."""
    for path in sources(root):
        if path.suffix != ".cpp" or is_test(path):
            continue
        begin = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if re.match(r"^[A-Za-z].*\{$", line) and not line.startswith(("namespace", "class", "struct", "enum", "constexpr", "const", "union")):
                begin = number
            elif line.startswith("}") and begin:
                if number - begin > FUNCTION_LINES_MAX:
                    yield f"{place(root, path, begin)}: a function of {number - begin} lines"
                begin = None


def check_readmes(root):
    """Each folder says what enters, what leaves, which file first."""
    for folder in sorted(p for p in (root / "src").iterdir() if p.is_dir()):
        if not any(f.suffix in {".h", ".cpp"} for f in folder.rglob("*")):
            continue
        readme = folder / "README.md"
        if not readme.exists():
            yield f"{place(root, folder)}: no README.md"
        elif len(readme.read_text().splitlines()) > README_LINES_MAX:
            yield f"{place(root, readme)}: more than {README_LINES_MAX} lines"


def check_tests_beside(root):
    """A test file has its subject's name."""
    for path in sorted((root / "src").rglob("*_test.cpp")):
        if "TEST" not in path.read_text():
            yield f"{place(root, path)}: a test file without a test"
        if re.search(r"DISABLED_|GTEST_SKIP\(\)(?! <<)", path.read_text()):
            yield f"{place(root, path)}: a disabled test, or a skip that does not say why"


def check_tree(root):
    """No generated files, binaries or machine paths in the tree."""
    listed = subprocess.run(["git", "-C", root, "ls-files"], capture_output=True, text=True)
    for name in listed.stdout.splitlines():
        path = root / name
        if not path.is_file():
            continue
        data = path.read_bytes()
        if len(data) > BINARY_BYTES_MAX and not name.startswith("tests/golden/"):
            yield f"{name}: {len(data)} bytes; large files do not belong here"
        if b"\0" in data[:4096]:
            yield f"{name}: a binary file"
        if re.search(rb"/(?:work|root|home/[a-z]+)/", data):
            yield f"{name}: a machine path"


def check_architecture(root):
    """ARCHITECTURE.md names files that exist, and functions that stand in them."""
    text = (root / "ARCHITECTURE.md").read_text() if (root / "ARCHITECTURE.md").exists() else ""
    for file, name in re.findall(r"`((?:src|pipelines|web|tests|docs)/[\w./-]+)(?::(\w+))?`", text):
        path = root / file
        if not path.exists():
            yield f"ARCHITECTURE.md: {file} does not exist"
        elif name and not re.search(rf"\b{name}\b", path.read_text()):
            yield f"ARCHITECTURE.md: {file} has no {name}"


RULES = [check_levels, check_links, check_libraries, check_domain, check_ports, check_files,
         check_functions, check_readmes, check_tests_beside, check_tree, check_architecture]


def self_test():
    """Each broken house must be seen by its rule."""
    spdx = "// SPDX-License-Identifier: Apache-2.0\n"
    broken = {
        check_levels: {"src/sink/a.cpp": spdx + '#include "store/folder_store.h"\n'},
        check_links: {"src/sink/CMakeLists.txt": "pinflow_library(sink LINKS store base)\n"},
        check_libraries: {"src/sink/a.cpp": spdx + "#include <boost/beast/http.hpp>\n"},
        check_domain: {"src/sink/a.cpp": spdx + "const char* topic = \"pinterest\";\n"},
        check_ports: {"src/ports/a.h": spdx + "class A {\n    int a_;\n};\n"},
        check_files: {"src/sink/a.cpp": spdx + "// FIXME later\n"},
        check_functions: {"src/sink/a.cpp": spdx + "void f() {\n" + "    g();\n" * 120 + "}\n"},
        check_readmes: {"src/sink/a.cpp": spdx},
        check_tests_beside: {"src/sink/a_test.cpp": spdx},
        check_architecture: {"ARCHITECTURE.md": "`src/sink/none.cpp:f`\n"},
    }
    blind = []
    for rule, files in broken.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "src").mkdir()
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            if not list(rule(root)):
                blind.append(rule.__name__)
    return blind


def main():
    blind = self_test()
    for name in blind:
        print(f"tidy: {name} does not see the house it should refuse")
    found = [problem for rule in RULES for problem in rule(ROOT)]
    print("\n".join(found) if found else f"{len(RULES)} rules hold over {len(sources(ROOT))} files")
    return 1 if found or blind else 0


if __name__ == "__main__":
    sys.exit(main())
