//! The help texts.

use crate::options::Subcommand;

/// Returns what `--help` prints.
pub fn text(subcommand: Subcommand) -> &'static str {
    match subcommand {
        Subcommand::Run => RUN,
        Subcommand::Why => WHY,
        Subcommand::Verify => VERIFY,
        Subcommand::Doctor => DOCTOR,
    }
}

const RUN: &str = "\
usage: jobstamp [OPTIONS] -- COMMAND [ARG ...]
       jobstamp why [OPTIONS] -- COMMAND [ARG ...]
       jobstamp verify [OPTIONS] -- COMMAND [ARG ...]
       jobstamp doctor [--stamp-directory DIRECTORY] [--deep] [--json]

Runs COMMAND once, and from then on prints what it printed and returns what it
returned while nothing it depends on has changed.

  why     prints what has changed, and runs nothing
  verify  runs the command again and compares: is it fit to be replayed?
  doctor  looks at the store, and says what to do

`jobstamp why --help` and so on tell more of these.

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
  jobstamp verify --dependencies src -- eslint src

Variables (any value but an empty one):
  JOBSTAMPS_DISABLED            always run, and leave all stamps alone
  JOBSTAMPS_DEBUG               as --explain
  JOBSTAMPS_ALWAYS_USE_HASHES   as --use-hashes, whatever was asked for
  JOBSTAMPS_DIRECTORY           where stamps are kept

Exit codes: the command's own; 128 + n if signal n killed it; 127 not found;
126 cannot be executed; 125 jobstamp could not do its part; 2 usage; 1 no `--`.
`why`: 0 it would be replayed, 1 it would run. `verify`: 0 it did the same
again, 1 it did not. `doctor`: 0 no problem, 1 at least one.
";

const WHY: &str = "\
usage: jobstamp why [OPTIONS] -- COMMAND [ARG ...]

Prints one line for each reason why COMMAND would run, and runs nothing. Say the
same options, and from the same directory, as for the run: `jobstamp --help`
lists them.

Examples:
  jobstamp why --dependencies src -- eslint src
  jobstamp why -- make test >/dev/null && echo 'it would be replayed'

Exit codes: 0 it would be replayed; 1 it would run; 127 and 126 as for the run;
125 jobstamp could not do its part; 2 usage.
";

const VERIFY: &str = "\
usage: jobstamp verify [OPTIONS] -- COMMAND [ARG ...]

Runs COMMAND although it could be replayed, and compares what it does with what
is remembered: exit code, both output streams, and the files that it declares as
outputs. What differs first is shown. A command that has no fresh stamp is run
twice. The options are those of a run: `jobstamp --help` lists them.

A command that did the same again stays remembered. One that did not is
forgotten: it should not be replayed.

Examples:
  jobstamp verify --dependencies src -- eslint src
  jobstamp verify --dependencies a.c --output-files a.o -- cc -c a.c
  jobstamp verify -- date || echo 'not fit to be replayed'

Exit codes: 0 it did the same again, whatever code it returned; 1 it did not;
127 not found; 126 cannot be executed; 125 nothing could be compared; 2 usage;
128 + n if signal n ended jobstamp. The command's own code is in what is said.
";

const DOCTOR: &str = "\
usage: jobstamp doctor [--stamp-directory DIRECTORY] [--deep] [--json]

Looks at the store and prints one line for each thing that was looked at: what
is so, where, and what to do. `ok` is as it should be; a `note` is worth knowing,
though all works; a `problem` keeps jobs from being remembered, or is damage, or
somebody else's hand. Nothing is changed but for two small files that are made
and removed again; nothing of another user is read.

  --stamp-directory DIRECTORY  the directory to look at (else
                               JOBSTAMPS_DIRECTORY, else your own directory
                               among the temporary files)
  --deep                       read large outputs through too
  --json                       for programs: one object, on one line
  -h, --help                   this text

Examples:
  jobstamp doctor
  jobstamp doctor --deep --stamp-directory /mnt/stamps
  jobstamp doctor --json | jq -r '.findings[] | select(.level != \"ok\").what'

Exit codes: 0 no problem; 1 at least one problem; 2 usage.
";
