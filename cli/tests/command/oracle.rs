//! Real tools and pipelines, with and without the command: byte for byte and code for code the same, run and replayed.

use std::fs;

use crate::sandbox::Sandbox;

/// Lines of shell in which `@` stands for `jobstamp --`, and `@FILE` for `jobstamp --output-files FILE --`; or for nothing.
const LINES: [&str; 73] = [
    // What a command says and returns.
    "@ true",
    "@ false",
    "@ echo",
    "@ printf 'no newline'",
    r"@ printf '\377\000\r\n\303'",
    "@ sh -c 'echo out; echo err >&2; exit 42'",
    "@ sh -c 'exit 255'",
    "@ ls -1 . gone",
    "@ cat text numbers gone",
    "@ cat -",
    "@ test -e text",
    "@ [ a = b ]",
    "@ expr 1 + x",
    "@ env | grep -v '^_=' | sort",
    "@ pwd",
    "@ sh -c 'echo $0 $# $*' name a 'b c' '' d",
    "@ echo -- --help -h why",
    "@ no-such-command-at-all 2>/dev/null",
    "@ ./text 2>/dev/null",
    "@ sh -c 'kill -9 $$' 2>/dev/null",
    "@ sh -c 'kill -TERM $$' 2>/dev/null; echo $?",
    "@ sh -c 'kill -PIPE $$'",
    "@ timeout -s KILL 0.2 sleep 100 2>/dev/null",
    "timeout 0.2 @ sleep 100",
    "timeout -s INT 0.2 @ sh -c 'trap \"exit 3\" INT; while :; do sleep 0.01; done'",
    // Pipelines.
    "seq 1000 | @ sort -rn | @ head -5",
    "seq 1000 | @ tail -3 | @ tac",
    "@ seq 100000 | @ wc -l",
    "@ yes | head -3",
    "@ seq 100000 | head -1",
    "{ @ seq 100000; echo $? >&2; } | head -1",
    "cat text | @ tr a-z A-Z | @ sed s/A/4/ | @ rev",
    "echo 2+3 | @ sh -c 'read x; echo $x; cat'",
    "seq 5 | { read a; @ echo $a; read b; @ echo $b; cat; }",
    "seq 5 | while read n; do @ sh -c 'echo $((n * n)); exit $n' $n; echo $?; done",
    "seq 5 | { @ head -1 > first; cat first; }",
    "{ @ sh -c 'read a; echo $a'; @ sh -c 'read a; echo $a'; cat; } < numbers",
    "{ @ true; cat; } < numbers",
    "{ @ head -c 4; echo; } < numbers",
    "printf 'a\\0b\\0' | xargs -0 -n 1 @ echo item",
    "seq 20 | xargs -P 4 -n 1 @ echo | sort -n",
    "find . -type f | sort | xargs -P 4 -n 1 @ wc -c | sort",
    "find . -name '*.c' -exec @ wc -l {} \\;",
    "@copy tee copy < numbers | @ cmp - numbers",
    "echo x | @ cat - text numbers",
    "@ cat < numbers > copy; cat copy",
    "@ sh -c 'echo out; echo err >&2; echo out' > both 2>&1; cat both",
    "(@ echo one; @ echo two >&2; @ echo three) 2>&1",
    "x=$(@ sh -c 'echo a; echo; echo'); echo \"[$x]\"",
    "@ echo a && @ false || @ echo b",
    "if @ grep -q three numbers; then echo yes; else echo no; fi",
    "@ grep nothing numbers; echo $?",
    "@ sh -c 'echo to background & wait'",
    "@ sh -c 'echo early; (echo late) &'",
    "set -e; @ false; echo not reached",
    "trap 'echo bye' EXIT; @ echo hello",
    "exec @ echo replaced",
    "@ @ echo twice",
    "@ nice -n 5 nice",
    "@ setsid -w echo in a session",
    "umask 077; @made touch made; ls -l made | cut -c1-10",
    // Tools.
    "@ gcc -c -Wall -Wextra bad.c",
    "@hello gcc -o hello hello.c && ./hello",
    "@ gcc -E -P hello.c | tail -3",
    "@a make -s -j2 all; cat a b",
    "make -s -j2 CC='@hello gcc' hello && ./hello",
    "@ make -s broken",
    "@ python3 -c 'import sys; print(sys.argv); sys.exit(9)' a b",
    "@ python3 -c 'raise ValueError(1)' 2>&1 | tail -1",
    "@ python3 -u script.py < numbers",
    "@.git git init -q . && git add -A && @.git git status --short",
    "@ tar cf - text numbers | @ tar tf -",
    "@ awk '{ s += length } END { print s; print s > \"/dev/stderr\"; exit 4 }' text",
];

fn furnish(sandbox: &Sandbox) {
    let _ = fs::remove_dir_all(sandbox.path(""));
    sandbox
        .write("text", "the quick brown fox\njumps over\nthe lazy dog\n")
        .write("numbers", "one\ntwo\nthree\nfour\n")
        .write("dir/below", "deep\n")
        .write(
            "hello.c",
            "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n",
        )
        .write("bad.c", "int f(int unused) { int x; return x }\n")
        .write(
            "Makefile",
            "all: a b\na b:\n\t@echo $@ > $@\nhello: hello.c\n\t$(CC) -o $@ $<\nbroken:\n\t@exit 3\n",
        )
        .write(
            "script.py",
            "import sys\nfor line in sys.stdin:\n    print(len(line))\n    print(line, file=sys.stderr, end='')\n",
        );
}

/// Returns `line` with what `put` makes of the file after each `@`.
fn with(line: &str, put: impl Fn(&str) -> String) -> String {
    let mut parts = line.split('@');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |whole, part| {
        let (file, rest) = part.split_once(' ').unwrap();
        whole + &put(file) + rest
    })
}

#[test]
fn with_and_without_us_real_commands_do_the_same() {
    let sandbox = Sandbox::new();
    for variable in ["GIT_CONFIG_NOSYSTEM", "PYTHONDONTWRITEBYTECODE"] {
        sandbox.variable(variable, "1");
    }
    let mut different = Vec::new();
    for line in LINES {
        furnish(&sandbox);
        let plain = sandbox.shell(&with(line, |_| String::new())).output;
        for what in ["run", "replayed"] {
            // Each in the same place, so that paths are the same, and as it was before.
            furnish(&sandbox);
            let ours = sandbox
                .shell(&with(line, |file| format!("jobstamp --output-files {file} -- ")))
                .output;
            if (&ours.stdout, &ours.stderr, ours.status) != (&plain.stdout, &plain.stderr, plain.status) {
                let shown = |output: &std::process::Output| {
                    let (out, err) = (output.stdout.escape_ascii(), output.stderr.escape_ascii());
                    format!("{}\n    {out}\n    {err}", output.status)
                };
                different.push(format!(
                    "{line}\n  plain: {}\n  {what}: {}",
                    shown(&plain),
                    shown(&ours)
                ));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
