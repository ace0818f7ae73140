#!/bin/sh
# Pins all dependencies by hash, without naming a registry. Run by `make lock`.
set -eu
cd "$(dirname "$0")"
compile() {
    ../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --no-emit-index-url --no-annotate \
        --no-header --generate-hashes "$@"
}
compile uv.in -o uv.txt
compile build.in -o build.txt
compile compose.in -o compose.txt
compile label-studio.in -o label-studio.txt
compile --override overrides.txt -c constraints.txt ../pyproject.toml --extra embedded --extra french --extra russian --extra postgresql --extra otlp --extra timestamps --extra ml --extra evaluate --extra distill --extra tune --extra similar --group ../pyproject.toml:dev -o dev.txt
compile --override overrides.txt --override no-pandas.txt -c dev.txt ../pyproject.toml --extra embedded --extra french --extra russian --extra postgresql --extra otlp --extra timestamps -o runtime.txt
compile --override overrides.txt --override no-pandas.txt -c dev.txt ../pyproject.toml --extra embedded --extra french --extra russian --extra postgresql --extra otlp --extra timestamps --extra ml -o ml.txt
compile --override overrides.txt --override no-pandas.txt -c dev.txt ../pyproject.toml --extra embedded --extra postgresql --extra otlp --extra timestamps -o english.txt
