#compdef plait
# zsh completion for plait. A test compares its words with those of the program.

_plait() {
    local -a commands help
    commands=(
        'check:tell what each chain will be, and everything that is wrong'
        'demo:send data through a chain on loopback, and draw it'
    )
    help=('(- *)'{--help,-h,'-?'}'[show help]')

    if (( CURRENT > 2 )); then
        case $words[2] in
        check)
            shift words; (( CURRENT-- ))
            _arguments $help \
                '(-f --file)'{-f,--file}'[the plaitrc to check]:plaitrc:_files' \
                '*:chain:'
            return
            ;;
        demo)
            shift words; (( CURRENT-- ))
            _arguments $help \
                '--chain[the chain, hop nearest to tor first]:chain:' \
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
