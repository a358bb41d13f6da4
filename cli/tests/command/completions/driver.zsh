# Completes the lines that it is given, and prints what is offered, each time behind a line `=`: in a zsh of its own that is
# at a terminal, since only the line editor completes. It begins with the first line and ends behind the last: nothing is
# typed, and nobody waits.
zmodload zsh/zpty
folder=$(mktemp -d)
cat > $folder/.zshrc <<'RC'
autoload -Uz compinit
compinit -D -u
source <(jobstamp completions zsh)
_greet() { compadd hello help }
compdef _greet greet
compadd() {
    local -a offered
    # With one of these it only looks.
    if [[ " ${(j: :)@[1,(i)(-|--)]} " != *\ -[OAD]\ * ]]; then
        builtin compadd -O offered "$@"
        print -lr -- $offered >> $OFFERED
    fi
    builtin compadd "$@"
}
zle-line-init() {
    for BUFFER in ${(f)LINES_TO_COMPLETE}; do
        print = >> $OFFERED
        CURSOR=$#BUFFER
        zle list-choices
    done
    exit
}
zle -N zle-line-init
RC
: > $folder/offered
export ZDOTDIR=$folder OFFERED=$folder/offered LINES_TO_COMPLETE="${(F)@}" TERM=xterm
zpty terminal zsh -o no_global_rcs -i
while zpty -r terminal shown; do :; done
cat $folder/offered
rm -r $folder
