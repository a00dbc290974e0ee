#compdef plait
# zsh completion for plait. A test compares its words with those of the program.

_plait() {
    local -a commands help
    commands=(
        'check:check a plaitrc, bridge lines and a torrc'
        'demo:send data through a chain on loopback, and draw it'
        'connect:open the near end of a tunnel'
        'serve:open the far end of a tunnel'
        'bridge-line:print, explain and mend bridge lines'
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
            _arguments $help '1:command:(check demo connect serve bridge-line help)'
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
        connect)
            shift words; (( CURRENT-- ))
            _arguments $help \
                '--bridge[the bridge line of the far end]:line:' \
                '--chain[the chain, hop nearest to the application first]:chain:' \
                '--to[the address of the far end]:address:' \
                '*--arg[an argument, as in 1:cert=…]:argument:' \
                '--listen[where applications connect]:place:' \
                '--socks[the place is a SOCKS port]' \
                '--service[the service to ask the far end for]:service:' \
                '--proxy[the only way to the network]:URI:' \
                '--proxy-file[a file with the same]:file:_files' \
                '*--bind[the address to connect from]:address:' \
                '--name[the name of the tunnel]:name:' \
                '(-f --file)'{-f,--file}'[a plaitrc]:plaitrc:_files' \
                '--state[where programs write]:directory:_files -/' \
                '--event-log[write what happens to this file]:file:_files'
            return
            ;;
        serve)
            shift words; (( CURRENT-- ))
            _arguments $help \
                '--chain[the chain, hop nearest to the service first]:chain:' \
                '--listen[where the network connects]:place:' \
                '*--forward[the service]:service:' \
                '*--option[an option of a transport]:option:' \
                '--proxy-protocol[tell the service the client address]:version:(1 2)' \
                '--address[the public address, for the bridge line]:address:' \
                '--client-table[the file that says which client has which source address]:file:_files' \
                '--bridge-file[where the bridge line is written]:file:_files' \
                '--name[the name of the tunnel]:name:' \
                '(-f --file)'{-f,--file}'[a plaitrc]:plaitrc:_files' \
                '--state[where the keys are kept]:directory:_files -/' \
                '--event-log[write what happens to this file]:file:_files' \
                '--qr[draw the bridge line as a QR code]'
            return
            ;;
        bridge-line)
            shift words; (( CURRENT-- ))
            _arguments $help \
                '--explain[tell what a bridge line means, and what is wrong]:line or file:_files' \
                '--fix[print a bridge line mended]:line or file:_files' \
                '--from-qr[read the line from a QR code in a PNG file]:file:_files' \
                '--qr[draw each line as a QR code]' \
                '--json[print one JSON object]' \
                '*--address[the public address of the bridge]:address:' \
                '*--name[the chain or tunnel]:name:' \
                '--fingerprint[the fingerprint of the bridge]:fingerprint:' \
                '--torrc[the torrc of the bridge]:torrc:_files' \
                '(-f --file)'{-f,--file}'[the plaitrc]:plaitrc:_files' \
                '--state[the state directory]:directory:_files -/'
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
