"""Writes the table of docs/shaders.md; see scripts/shader-table, which calls
this."""

import argparse
import sys

import kernels


def main():
    parser = argparse.ArgumentParser(prog='scripts/shader-table')
    parser.add_argument('--print', action='store_true')
    parser.add_argument('files', nargs='*', metavar='FILE.spv')
    args = parser.parse_args()
    if args.files and not args.print:
        parser.error('files are for --print: the table in docs/shaders.md is of all kernels')
    try:
        compiled = kernels.compile_all(args.files or kernels.built())
    except kernels.Missing as missing:
        sys.exit(f'shader-table: {missing}')
    text = kernels.table(compiled)
    if args.print:
        print(text, end='')
    else:
        with open(kernels.DOCS) as f:
            docs = f.read()
        head, rest = docs.split(kernels.BEGIN)
        tail = rest.split(kernels.END)[1]
        with open(kernels.DOCS, 'w') as f:
            f.write(head + kernels.BEGIN + '\n\n' + text + '\n' + kernels.END + tail)
    bad = [(kernel.name, problem) for kernel in compiled for problem in kernel.problems()]
    for name, problem in bad:
        print(f'shader-table: {name}: {problem}', file=sys.stderr)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
