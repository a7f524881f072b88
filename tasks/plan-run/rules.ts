import type { FuzzySystem, Trapezoid } from './fuzzy.ts';

/**
 * What is believed of a file before a run of its dataset is known: a table to read and to change. Each aspect is a
 * small system of its own; its answers for work multiply. Sets are [rises from, full from, full to, falls to].
 */
const UP = Number.POSITIVE_INFINITY;
const upTo = (full: number, end: number): Trapezoid => [-UP, -UP, full, end];
const from = (start: number, full: number): Trapezoid => [start, full, UP, UP];

/** Seconds of work for each byte of text, against those of usual rows. */
export const WORK = {
  rowWidth: {
    variables: {
      /** Bytes of a row. */
      row: { narrow: upTo(40, 80), usual: [40, 80, 400, 1500], wide: from(400, 1500) },
    },
    rules: [
      { when: { row: 'narrow' }, gives: 1.6, because: 'every row costs something, however few bytes it has' },
      { when: { row: 'usual' }, gives: 1, because: 'rows are as wide as most' },
      { when: { row: 'wide' }, gives: 0.8, because: 'long texts are copied, not computed with' },
    ],
  },
  quoting: {
    variables: {
      /** Share of the text inside quotes. */
      quoted: { little: upTo(0.2, 0.6), much: from(0.2, 0.6) },
    },
    rules: [
      { when: { quoted: 'little' }, gives: 1, because: 'quotes are few' },
      { when: { quoted: 'much' }, gives: 1.2, because: 'quoted text is read character by character' },
    ],
  },
  rules: {
    variables: {
      /** Columns with types and rules to check. */
      columns: { few: upTo(20, 60), many: from(20, 60) },
    },
    rules: [
      { when: { columns: 'few' }, gives: 1, because: 'each value is checked by itself' },
      {
        when: { columns: 'many' },
        gives: 1.3,
        because: 'wide tables cost more checks and shuffles per byte',
      },
    ],
  },
  table: {
    variables: {
      /** Rows in the table for each row of the batch, where they are merged. */
      existing: { few: upTo(1, 10), some: [1, 10, 30, 300], far: from(30, 300) },
    },
    rules: [
      { when: { existing: 'few' }, gives: 1, because: 'there is little to compare with' },
      { when: { existing: 'some' }, gives: 1.4, because: 'keys are compared with those of the table' },
      { when: { existing: 'far' }, gives: 2.2, because: 'most of the work is looking through the table' },
    ],
  },
} as const satisfies Record<string, FuzzySystem>;

/** GiB of memory that a slot needs. */
export const MEMORY = {
  variables: {
    row: { modest: upTo(400, 1500), wide: from(400, 1500) },
    /** Standard deviation of the rows' bytes over their mean. */
    spread: { even: upTo(2, 6), uneven: from(2, 6) },
    /** Gigabytes of text that one task must read whole. */
    task: { short: upTo(1, 8), long: from(1, 8) },
  },
  rules: [
    {
      when: { task: 'short', spread: 'even', row: 'modest' },
      gives: 2,
      because: 'rows come and go in small batches',
    },
    {
      when: { task: 'short', spread: 'even', row: 'wide' },
      gives: 4,
      because: 'batches of wide rows are large',
    },
    { when: { task: 'short', spread: 'uneven' }, gives: 5, because: 'some rows are huge' },
    { when: { task: 'long' }, gives: 6, because: 'what one task reads is sorted and kept by it' },
  ],
} as const satisfies FuzzySystem;

/** By how many standard deviations of the expected time a plan must be within the promise. */
export const CAUTION = {
  variables: {
    /** Half the width of the estimate's 90% interval, over the estimate. */
    estimate: { sure: upTo(0.1, 0.4), vague: from(0.1, 0.4) },
    /** Minutes that are promised. */
    promise: { tight: upTo(10, 30), ample: from(10, 30) },
  },
  rules: [
    { when: { promise: 'ample', estimate: 'sure' }, gives: 1, because: 'there is time to grow the cluster' },
    {
      when: { promise: 'ample', estimate: 'vague' },
      gives: 1.2,
      because: 'the file may hold more than its beginning shows',
    },
    { when: { promise: 'tight' }, gives: 1.3, because: 'a cluster takes minutes to grow' },
  ],
} as const satisfies FuzzySystem;
