# bash completion for plait. A test compares its words with those of the program.

_plait() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word words
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        check | demo | help)
            command=$word
            break
            ;;
        esac
    done
    case $command in
    check) words='--file -f --chain --bridge --torrc --start --json --help -h -?' ;;
    demo) words='--chain --file -f --size --seconds --event-log --help -h -?' ;;
    help) words='check demo help --help -h -?' ;;
    *) words='check demo help --role --file -f --event-log --version --help -h -?' ;;
    esac

    COMPREPLY=()
    case $previous in
    -f | --file | --torrc | --event-log)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --role)
        mapfile -t COMPREPLY < <(compgen -W 'client server' -- "$current")
        return
        ;;
    --chain | --bridge | --size | --seconds)
        return
        ;;
    esac
    if [ "$command" = check ] && [ "${current#-}" = "$current" ]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _plait plait
