#!/bin/sh
# Says what this machine lacks for Tidegate to be installed, and how to get it; silent when nothing is missing.
missing=0

lacks() {
  printf 'Tidegate needs %s; found: %s.\n  Debian, Ubuntu: %s\n  macOS: %s\n' "$1" "$2" "$3" "$4" >&2
  missing=1
}

node_version=$(node --version 2>/dev/null || echo none)
case ${node_version%%.*} in
  v2[0-9] | v[3-9][0-9]) ;;
  *) lacks 'Node.js 20 or newer' "$node_version" 'https://nodejs.org/en/download' 'brew install node' ;;
esac

command -v npm >/dev/null || lacks npm none 'sudo apt install npm' 'brew install node'

python_version=$(python3.11 --version 2>/dev/null || echo none)
case $python_version in
  'Python 3.11.'*)
    python3.11 -c 'import ensurepip, venv' 2>/dev/null ||
      lacks 'the venv module of Python 3.11' none 'sudo apt install python3.11-venv' 'brew install python@3.11'
    ;;
  *) lacks 'Python 3.11 as python3.11' "$python_version" 'sudo apt install python3.11 python3.11-venv' 'brew install python@3.11' ;;
esac

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
java_version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
case $java_version in
  17 | 21) ;;
  *) lacks 'Java 17 or 21' "${java_version:-none}" 'sudo apt install openjdk-17-jre-headless' 'brew install openjdk@17' ;;
esac

exit $missing
