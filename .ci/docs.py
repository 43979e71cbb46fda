"""What .ci/check-docs asks of the documents: the blocks that are run, the links, and lists that a program can compare.

  docs.py blocks FILE...       a line for each fenced block: FILE:LINE LANGUAGE REASON
  docs.py script FILE          a shell script that runs the sh blocks of FILE, one after the other, and says how far it is
  docs.py save FILE LANGUAGE WORD OUT
                               writes the block of that language whose text has WORD to the file OUT
  docs.py links FILE...        ends with 1 when a link to a file or a heading of the repository leads to nothing
  docs.py options FILE HELP    ends with 1 when the options of FILE's tables and of the text of --help differ
  docs.py metrics FILE SCRAPE  ends with 1 when the series that FILE names and those of a scrape differ
"""
import os
import re
import sys

RUN = "sh"
SHOWN = "console"
# A block in one of these languages is a file or an answer: there is nothing to run, so it needs no reason.
LISTINGS = {"text", "ini", "yaml", "json", "java", "xml", "promql"}


def blocks(path):
    """Yields (line, language, reason, text) of each fenced block; the line is that of its first line of text."""
    fence, start, info, text = None, 0, "", []
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        mark = re.match(r"\s*(`{3,})(.*)", line)
        if fence is None and mark:
            fence, start, info, text = mark.group(1), number + 1, mark.group(2).strip(), []
        elif fence is not None and line.strip() == fence:
            language, _, reason = info.partition(" ")
            yield start, language, reason.strip(), "".join(text)
            fence = None
        elif fence is not None:
            text.append(line)
    if fence is not None:
        sys.exit(f"{path}:{start}: a block that does not end")


def list_blocks(paths):
    wrong = 0
    for path in paths:
        for line, language, reason, _ in blocks(path):
            print(f"{path}:{line} {language} {reason}".rstrip())
            if language not in LISTINGS | {RUN, SHOWN}:
                print(f"{path}:{line}: {language or 'no language'} (expected: {RUN}, {SHOWN} with a reason, or a listing)", file=sys.stderr)
                wrong = 1
            if language == SHOWN and not reason:
                print(f"{path}:{line}: {SHOWN} (expected: the reason why it is not run, behind the language)", file=sys.stderr)
                wrong = 1
    return wrong


def script(path):
    for line, language, _, text in blocks(path):
        if language == RUN:
            print(f"echo '== {path}:{line}' >&2\n{text}\necho {line} >>\"$blocks_done\"")
    return 0


def save(path, language, word, out):
    found = [text for _, its, _, text in blocks(path) if its == language and word in text]
    if len(found) != 1:
        sys.exit(f"{path}: {len(found)} {language} blocks have {word} (expected: one)")
    with open(out, "w", encoding="utf-8") as file:
        file.write(found[0])
    return 0


def prose(path):
    """The lines outside of fenced blocks."""
    inside = False
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        if line.lstrip().startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line


def anchors(path):
    """The names that GitHub gives to the headings of a document."""
    found = {}
    for _, line in prose(path):
        heading = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if heading:
            slug = re.sub(r"[^\w\- ]", "", heading.group(1).lower()).replace(" ", "-")
            found[slug] = found.get(slug, -1) + 1
    return {slug if n == 0 else f"{slug}-{n}" for slug, count in found.items() for n in range(count + 1)}


def links(paths):
    wrong = 0
    for path in paths:
        for number, line in prose(path):
            for target in re.findall(r"\]\(([^)\s]+)\)", line):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                file = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
                if not os.path.exists(file):
                    print(f"{path}:{number}: {target}: no such file")
                    wrong = 1
                elif anchor and anchor not in anchors(file):
                    print(f"{path}:{number}: {target}: no such heading")
                    wrong = 1
    return wrong


def rows(path):
    """The cells of each table row."""
    for _, line in prose(path):
        if line.startswith("|"):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def options(path, help_path):
    text = open(help_path, encoding="utf-8").read()
    # From the first option on, without the line breaks of a narrow terminal.
    entries = re.split(r"\n(?=\s+(?:-\w, )?--[a-z])", text[text.index("\n  -h, --help"):])
    known = {}
    for entry in entries:
        name = re.search(r"--[a-z-]+", entry)
        if name and name.group() not in ("--help", "--version"):
            default = re.search(r"\(default:(.*?)\)", re.sub(r"\s+", "", entry))
            known[name.group()] = default.group(1) if default else None
    documented = {}
    for cells in rows(path):
        for name in re.findall(r"`(--[a-z-]+)", cells[0]):
            documented[name] = re.sub(r"\s+", "", cells[1]).strip("`")
    wrong = 0
    for name in sorted(known.keys() | documented.keys()):
        if name not in documented:
            print(f"{name} is in --help and not in {path}")
            wrong = 1
        elif name not in known:
            print(f"{name} is in {path} and not in --help")
            wrong = 1
        elif known[name] is not None and known[name] != documented[name]:
            print(f"{name}: default {known[name]} in --help, {documented[name]} in {path}")
            wrong = 1
    return wrong


def metrics(path, scrape):
    served = {line.split()[2] for line in open(scrape, encoding="utf-8") if line.startswith("# TYPE ")}
    text = open(path, encoding="utf-8").read()
    first_cells = " ".join(cells[0] for cells in rows(path))
    wrong = 0
    for name in sorted(served):
        if f"`{name}`" not in first_cells and not re.match(r"(jvm|process)_", name):
            print(f"{name} is served and in no table of {path}")
            wrong = 1
    for group in ("jvm_*", "process_*"):
        if f"`{group}`" not in first_cells:
            print(f"{group} is in no table of {path}")
            wrong = 1
    for name in sorted(set(re.findall(r"\b(?:http|sluice)_[a-z_]+[a-z]", text))):
        if name not in served and re.sub(r"_(bucket|count|sum)$", "", name) not in served:
            print(f"{name} is in {path} and not served")
            wrong = 1
    return wrong


COMMANDS = {"blocks": lambda *paths: list_blocks(paths), "script": script, "save": save,
            "links": lambda *paths: links(paths), "options": options, "metrics": metrics}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]))
