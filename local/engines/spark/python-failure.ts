import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface PythonFailure {
  /** The exception's class. */
  type: string;
  message: string;
  /** Line of the main program. */
  line: number | null;
}

const TAIL_BYTES = 256 * 1024;

/**
 * The exception that ended a Python program, by the last traceback in its output; null when there is none.
 * Spark passes on all that the program writes, its standard error too, by standard output.
 */
export function pythonFailure(program: { stdoutFile: string; stderrFile: string }): PythonFailure | null {
  return failureIn(program.stdoutFile) ?? failureIn(program.stderrFile);
}

function failureIn(file: string): PythonFailure | null {
  const text = tail(file);
  const at = text.lastIndexOf('Traceback (most recent call last):');
  if (at < 0) return null;
  const lines = text.slice(at).split('\n').slice(1);
  const end = lines.findIndex((line) => line !== '' && !/^\s/.test(line));
  const [, type, message] = /^([\w.]+)(?::\s*(.*))?$/.exec(lines[end] ?? '') ?? [];
  if (!type) return null;
  const line = /^ {2}File "[^"]+", line (\d+)/.exec(lines[0] ?? '')?.[1];
  return { type: type.split('.').pop() ?? type, message: message ?? '', line: line ? Number(line) : null };
}

function tail(file: string): string {
  const descriptor = openSync(file, 'r');
  try {
    const size = fstatSync(descriptor).size;
    const length = Math.min(size, TAIL_BYTES);
    const buffer = Buffer.alloc(length);
    readSync(descriptor, buffer, 0, length, size - length);
    return buffer.toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}
