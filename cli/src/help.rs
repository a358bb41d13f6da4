//! The help text.

/// What `jobstamp --help` prints.
pub const TEXT: &str = "\
usage: jobstamp [OPTIONS] -- COMMAND [ARG ...]
       jobstamp why [OPTIONS] -- COMMAND [ARG ...]

Runs COMMAND once, and from then on prints what it printed and returns what it
returned while nothing it depends on has changed. `why` prints what has changed,
and runs nothing.

What the job reads and writes:
  --dependencies [PATH ...]  files, directories (with all below them) or quoted
                             patterns such as 'src/**/*.py': the command runs
                             again when one of them changes
  --dependencies-from FILE   more of them, one a line (-: from standard input)
  -0, --null                 names in FILE end with a NUL byte, not a line
  --output-files [PATH ...]  files the command writes: it runs again when one of
                             them is missing
  --stdin auto|key|none      auto: standard input counts if the command reads it
                             key: all of it counts; none: the command gets none
  --env NAME                 a variable that counts (may be repeated)
  --no-cwd                   the working directory does not count

How changes are found:
  --use-hashes               by content, not by size and times
  --paranoid                 by content, read again every time
  --tool-check stat|content|none
                             how the program itself is compared
  --one-file-system          directories stop at other file systems

What is kept:
  --stamp-directory DIRECTORY
                             where stamps are kept (else JOBSTAMPS_DIRECTORY,
                             else your own directory among the temporary files)
  --discard-failures         only runs that return 0
  --max-output SIZE          only runs that print at most SIZE (500K, 20M, 1G)
  --no-record-arguments      do not write the arguments down

What is said:
  --explain                  say why the command ran, or what was replayed
  -q, --quiet                no warnings
  --strict                   return 125 if there was anything to warn of
  --no-wait                  do not wait for an equal job that runs now
  -h, --help                 this text
  -V, --version              the version

Examples:
  jobstamp --dependencies src -- eslint src
  jobstamp --dependencies a.c --output-files a.o -- cc -c a.c
  jobstamp --use-hashes --dependencies 'docs/**/*.md' -- make book
  git ls-files -z | jobstamp -0 --dependencies-from - -- ./check-all
  jobstamp why --dependencies src -- eslint src

Variables (any value but an empty one):
  JOBSTAMPS_DISABLED            always run, and leave all stamps alone
  JOBSTAMPS_DEBUG               as --explain
  JOBSTAMPS_ALWAYS_USE_HASHES   as --use-hashes, whatever was asked for
  JOBSTAMPS_DIRECTORY           where stamps are kept

Exit codes: the command's own; 128 + n if signal n killed it; 127 not found;
126 cannot be executed; 125 jobstamp could not do its part; 2 usage; 1 no `--`.
`why`: 0 it would be replayed, 1 it would run.
";
