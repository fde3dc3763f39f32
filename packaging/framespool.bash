# bash completion of framespool(1)

_framespool() {
  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]-}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W 'worker lint topic backup restore user store --help --version' -- "$current")
  elif [[ $command == worker && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--safe --help' -- "$current")
  elif [[ $command == topic ]] && ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W 'ls cat export import verify compact' -- "$current")
  elif [[ $command == topic ]] && ((COMP_CWORD == 3)); then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$current")
  elif [[ $command == topic && ${COMP_WORDS[2]} == cat && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--partition --from --records --raw' -- "$current")
  elif [[ $command == topic && ${COMP_WORDS[2]} == compact && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--dry-run --delete-retention-ms' -- "$current")
  elif [[ $command == backup && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--copy' -- "$current")
  elif [[ $command == backup || $command == restore ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$current")
  elif [[ $command == user ]] && ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W 'ls add remove' -- "$current")
  elif [[ $command == user ]] && ((COMP_CWORD == 3)); then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ $command == user && ${COMP_WORDS[2]} == add ]] && ((COMP_CWORD == 5)); then
    mapfile -t COMPREPLY < <(compgen -W 'viewer operator admin' -- "$current")
  elif [[ $command == user && ${COMP_WORDS[2]} == add && $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--token' -- "$current")
  elif [[ $command == store ]] && ((COMP_CWORD == 2)); then
    mapfile -t COMPREPLY < <(compgen -W 'move' -- "$current")
  elif [[ $command == worker || $command == lint || $command == store ]]; then
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -d -- "$current"; compgen -f -X '!*.properties' -- "$current"
      compgen -f -X '!*.json' -- "$current")
  fi
}
complete -F _framespool framespool
