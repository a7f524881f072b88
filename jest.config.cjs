// Google's clients import node-fetch, an ES module, at run time: here both have to be CommonJS, as hyparquet.
const ES_MODULES =
  'hyparquet|google-auth-library|teeny-request|gaxios|node-fetch|data-uri-to-buffer|fetch-blob|formdata-polyfill';

/** @type {import('jest').Config} */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/end-to-end/'],
  modulePathIgnorePatterns: ['<rootDir>/(out|cdk.out|.local|.venv)/'],
  extensionsToTreatAsEsm: [],
  transform: {
    '^.+\\.(ts|mjs)$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs', ignoreDynamic: true },
      },
    ],
    [`/node_modules/(${ES_MODULES})/.+\\.js$`]: [
      '@swc/jest',
      { jsc: { target: 'es2024' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES})/)`],
  // Long enough for a machine that does something else beside.
  testTimeout: 120_000,
};
