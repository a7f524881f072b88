import { passes } from '../../../tasks/deliver/jobs.ts';

test.each([
  [
    'invalidQuery',
    'Query error: Transaction is aborted due to concurrent update against table p:d.t. Transaction ID: 1 at [2:1]',
  ],
  ['invalidQuery', 'Could not serialize access to table p:d.t due to concurrent update'],
  ['jobRateLimitExceeded', 'Exceeded rate limits'],
  ['stopped', 'Job execution was cancelled: User requested cancellation'],
])('a job that fails with %s, "%s", may be done again', (reason, message) => {
  expect(passes({ state: 'FAILED', reason, message, details: [] })).toBe(true);
});

test.each([
  ['invalidQuery', 'Required field id cannot be null'],
  ['resourcesExceeded', 'Resources exceeded during query execution'],
  ['stopped', 'Job execution was cancelled: Job timed out after 30 min'],
])('a job that fails with %s, "%s", is not done again by itself', (reason, message) => {
  expect(passes({ state: 'FAILED', reason, message, details: [] })).toBe(false);
});
