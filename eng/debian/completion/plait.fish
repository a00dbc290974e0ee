# fish completion for plait. A test compares its words with those of the program.

set -l commands check demo help
complete -c plait -f
complete -c plait -n "not __fish_seen_subcommand_from $commands" -a check -d 'Check a plaitrc, bridge lines and a torrc'
complete -c plait -n "not __fish_seen_subcommand_from $commands" -a demo -d 'Send data through a chain on loopback, and draw it'
complete -c plait -n "not __fish_seen_subcommand_from $commands" -a help -d 'Show the help of a command'
complete -c plait -n "not __fish_seen_subcommand_from $commands" -l version -d 'Show the version'
complete -c plait -n "not __fish_seen_subcommand_from $commands" -l role -x -a 'client server' -d 'The side to run, under tor'
complete -c plait -n '__fish_seen_subcommand_from check' -F
complete -c plait -n '__fish_seen_subcommand_from check' -l chain -x -d 'Also check this name as tor would ask for it'
complete -c plait -n '__fish_seen_subcommand_from check' -l bridge -x -d 'Check a bridge line; - reads lines from stdin'
complete -c plait -n '__fish_seen_subcommand_from check' -l torrc -r -F -d 'Check a torrc'
complete -c plait -n '__fish_seen_subcommand_from check' -l start -d 'Start every program and stop it'
complete -c plait -n '__fish_seen_subcommand_from check' -l json -d 'Print one JSON object'
complete -c plait -n '__fish_seen_subcommand_from help' -a 'check demo help'
complete -c plait -n 'not __fish_seen_subcommand_from help' -s f -l file -r -F -d 'The plaitrc'
complete -c plait -n 'not __fish_seen_subcommand_from check help' -l event-log -r -F -d 'Write what happens to this file'
complete -c plait -n '__fish_seen_subcommand_from demo' -l size -x -d 'MiB to send each way'
complete -c plait -n '__fish_seen_subcommand_from demo' -l seconds -x -d 'How long to send'
complete -c plait -n '__fish_seen_subcommand_from demo' -l chain -x -d 'The chain, hop nearest to tor first'
complete -c plait -s h -l help -d 'Show help'
complete -c plait -s '?' -d 'Show help'
