#compdef plait
# zsh completion for plait. A test compares its words with those of the program.

_plait() {
    local -a commands help
    commands=(
        'check:check a plaitrc, bridge lines and a torrc'
        'demo:send data through a chain on loopback, and draw it'
        'help:show the help of a command'
    )
    help=('(- *)'{--help,-h,'-?'}'[show help]')

    if (( CURRENT > 2 )); then
        case $words[2] in
        check)
            shift words; (( CURRENT-- ))
            _arguments $help \
                '(-f --file)'{-f,--file}'[the plaitrc to check]:plaitrc:_files' \
                '*--chain[also check this name]:chain:' \
                '*--bridge[check a bridge line, or - for those of stdin]:line:' \
                '--torrc[check a torrc]:torrc:_files' \
                '--start[start every program and stop it]' \
                '--json[print one JSON object]' \
                '1:plaitrc:_files'
            return
            ;;
        help)
            shift words; (( CURRENT-- ))
            _arguments $help '1:command:(check demo help)'
            return
            ;;
        demo)
            shift words; (( CURRENT-- ))
            _arguments $help \
                '--chain[the chain, hop nearest to tor first]:chain:' \
                '(-f --file)'{-f,--file}'[a plaitrc that declares both sides]:plaitrc:_files' \
                '--size[MiB to send each way]:MiB:' \
                '--seconds[how long to send]:seconds:' \
                '--event-log[write what happens to this file]:file:_files'
            return
            ;;
        esac
    fi
    _arguments $help \
        '(- *)--version[show the version]' \
        '--role[the side to run, under tor]:role:(client server)' \
        '(-f --file)'{-f,--file}'[the plaitrc]:plaitrc:_files' \
        '--event-log[write what happens to this file]:file:_files' \
        '1:command:{_describe command commands}'
}

_plait "$@"
