# Completions of jobstamp for fish 3.0 and later, made by `jobstamp completions fish`.

# Whether the word is one of the command's, behind `--`.
function __jobstamp_is_behind
    set -l words (commandline -opc)
    contains -- -- $words
end

# Whether the line asks for one of these subcommands; `-` stands for none.
function __jobstamp_asks
    __jobstamp_is_behind; and return 1
    set -l words (commandline -opc)
    if test (count $words) -gt 1; and contains -- $words[2] @NAMES@
        contains -- $words[2] $argv
    else
        contains -- - $argv
    end
end

# Whether the word is the first one.
function __jobstamp_begins
    test (count (commandline -opc)) -eq 1
end

# Whether the word goes on with the list of one of these options.
function __jobstamp_lists
    __jobstamp_is_behind; and return 1
    set -l words (commandline -opc)
    for word in $words[-1..1]
        if string match -q -- '-?*' $word
            contains -- $word $argv
            return
        end
    end
    return 1
end

# The jobs that ran last, each with what is told of it.
function __jobstamp_keys
    command jobstamp list --limit 100 2>/dev/null | string replace -rf '^([0-9a-f]{12,}) +(.*)' '$1'\t'$2'
end

# What the command behind `--` takes, its own completions know.
function __jobstamp_command
    set -l words (commandline -opc)
    set -l divider (contains -i -- -- $words)
    set -e words[1..$divider]
    set -l line (string join ' ' -- (string escape -- $words) (commandline -ct))
    complete -C "$line"
end

complete -c jobstamp -f
complete -c jobstamp -n __jobstamp_is_behind -a '(__jobstamp_command)'
@LINES@
