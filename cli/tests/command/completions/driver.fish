# Completes the lines that it is given, and prints what is offered, each time behind a line `=`.
jobstamp completions fish | source
complete -c greet -f -a 'hello help'
for line in $argv
    echo =
    complete -C "$line"
end
