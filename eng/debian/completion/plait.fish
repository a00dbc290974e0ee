# fish completion for plait. A test compares its words with those of the program.

set -l commands check demo
complete -c plait -f
complete -c plait -n "not __fish_seen_subcommand_from $commands" -a check -d 'Tell what each chain will be, and everything that is wrong'
complete -c plait -n "not __fish_seen_subcommand_from $commands" -a demo -d 'Send data through a chain on loopback, and draw it'
complete -c plait -n "not __fish_seen_subcommand_from $commands" -l version -d 'Show the version'
complete -c plait -n "not __fish_seen_subcommand_from $commands" -l role -x -a 'client server' -d 'The side to run, under tor'
complete -c plait -n 'not __fish_seen_subcommand_from demo' -s f -l file -r -F -d 'The plaitrc'
complete -c plait -n 'not __fish_seen_subcommand_from check' -l event-log -r -F -d 'Write what happens to this file'
complete -c plait -n '__fish_seen_subcommand_from demo' -l chain -x -d 'The chain, hop nearest to tor first'
complete -c plait -s h -l help -d 'Show help'
complete -c plait -s '?' -d 'Show help'
