# Completions of jobstamp for bash 3.2 and later, made by `jobstamp completions bash`.

_jobstamp() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
    local subcommand= option= options= at
    COMPREPLY=()
    for ((at = 1; at < COMP_CWORD; at++)); do
        if [[ ${COMP_WORDS[at]} == -- ]]; then
            _jobstamp_command $((at + 1)) "$current" "$before"
            return
        fi
    done
    if ((COMP_CWORD > 1)); then
        case ${COMP_WORDS[1]} in
            @NAMES@) subcommand=${COMP_WORDS[1]} ;;
        esac
    fi
    # `--option=value` is three words to bash.
    if [[ $current == = ]]; then
        current=
        option=$before
    elif [[ $before == = ]]; then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $before == -?* ]]; then
        option=$before
    fi
    if [[ -z $option || $option != "$before" ]]; then
        # A list goes on until the next option.
        for ((at = COMP_CWORD - 1; at > 0; at--)); do
            if [[ ${COMP_WORDS[at]} == -?* ]]; then
                case ${COMP_WORDS[at]} in
                    @LISTS@) option=${COMP_WORDS[at]} ;;
                esac
                break
            fi
        done
    fi
    case $subcommand in
@OPTIONS@
    esac
    if [[ $current == -* && $before != = ]]; then
        _jobstamp_words "$options"
        return
    fi
    case $option in
@VALUES@
    esac
    if ((COMP_CWORD == 1)); then
        _jobstamp_words '@WORDS@'
        return
    fi
    case $subcommand in
@OPERANDS@
    esac
    _jobstamp_words "$options"
}

_jobstamp_reply() {
    local one
    while IFS= read -r one; do
        COMPREPLY+=("$one")
    done
}

_jobstamp_words() {
    _jobstamp_reply < <(compgen -W "$1" -- "$current")
}

_jobstamp_paths() {
    compopt -o filenames 2>/dev/null
    _jobstamp_reply < <(compgen "$1" -- "$current")
}

# The jobs that ran last.
_jobstamp_keys() {
    command jobstamp list --limit 100 2>/dev/null | sed -n 's/^\([0-9a-f]\{12,\}\) .*/\1/p'
}

# What the command behind `--` takes, its own completions know.
_jobstamp_command() {
    local first=$1 current=$2 before=$3 action
    if declare -F _comp_command_offset >/dev/null; then
        _comp_command_offset "$first"
    elif declare -F _command_offset >/dev/null; then
        _command_offset "$first"
    elif ((COMP_CWORD == first)); then
        if [[ $current == */* ]]; then
            _jobstamp_paths -f
        else
            _jobstamp_reply < <(compgen -c -- "$current" | sort -u)
        fi
    else
        action=$(complete -p "${COMP_WORDS[first]##*/}" 2>/dev/null)
        if [[ $action =~ \ -F\ ([^ ]+) ]]; then
            action=${BASH_REMATCH[1]}
            COMP_WORDS=("${COMP_WORDS[@]:first}")
            COMP_CWORD=$((COMP_CWORD - first))
            COMP_LINE=${COMP_WORDS[*]}
            COMP_POINT=${#COMP_LINE}
            "$action" "${COMP_WORDS[0]}" "$current" "$before"
        else
            _jobstamp_paths -f
        fi
    fi
}

complete -F _jobstamp jobstamp
