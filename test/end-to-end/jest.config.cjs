const base = require('../../jest.config.cjs');

// A stack of its own: one that somebody has started in this checkout goes on untouched.
process.env.TIDEGATE_STACK_FOLDER = '.local/end-to-end';

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/end-to-end/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  globalSetup: '<rootDir>/test/end-to-end/start-stack.ts',
  globalTeardown: '<rootDir>/test/end-to-end/stop-stack.ts',
  // The machine has room for one Spark program at a time.
  maxWorkers: 1,
  testTimeout: 600_000,
};
