# bash completion of framespool(1)

_framespool() {
  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'worker lint --help --version' -- "$current")
  elif [[ $command == worker && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--safe --help' -- "$current")
  elif [[ $command == worker || $command == lint ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.properties' -- "$current"
      compgen -f -X '!*.json' -- "$current")
  fi
}
complete -F _framespool framespool
