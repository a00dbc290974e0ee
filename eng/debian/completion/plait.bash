# bash completion for plait. A test compares its words with those of the program.

_plait() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word words
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
        check | demo | connect | serve | bridge-line | help)
            command=$word
            break
            ;;
        esac
    done
    case $command in
    check) words='--file -f --chain --bridge --torrc --start --json --help -h -?' ;;
    demo) words='--chain --file -f --size --seconds --event-log --help -h -?' ;;
    connect) words='--bridge --chain --to --arg --listen --socks --service --proxy --proxy-file --bind --name --file -f --state --event-log --help -h -?' ;;
    serve) words='--chain --listen --forward --option --proxy-protocol --client-table --address --bridge-file --name --file -f --state --event-log --qr --help -h -?' ;;
    bridge-line) words='--explain --fix --from-qr --qr --json --address --name --fingerprint --torrc --file -f --state --help -h -?' ;;
    help) words='check demo connect serve bridge-line help --help -h -?' ;;
    *) words='check demo connect serve bridge-line help --role --file -f --event-log --version --help -h -?' ;;
    esac

    COMPREPLY=()
    case $previous in
    -f | --file | --torrc | --event-log | --state | --client-table | --bridge-file | --proxy-file | --explain | --fix | --from-qr)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
    --role)
        mapfile -t COMPREPLY < <(compgen -W 'client server' -- "$current")
        return
        ;;
    --chain | --bridge | --size | --seconds | --to | --arg | --listen | --service | --proxy | --bind | --name | --forward | --option | --proxy-protocol | --address | --fingerprint)
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
