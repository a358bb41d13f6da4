# Completes the lines that it is given, and prints what is offered, each time behind a line `=`.
source <(jobstamp completions bash)
_greet() { COMPREPLY=($(compgen -W 'hello help' -- "$2")); }
complete -F _greet greet
for line; do
    # As readline divides it: at each `=` too.
    IFS=' ' read -ra COMP_WORDS <<< "${line//=/ = }"
    [[ $line == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line}
    _jobstamp jobstamp "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    printf '%s\n' = "${COMPREPLY[@]}"
done
