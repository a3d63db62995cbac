// Every job that can be added has somebody who does it: one that nobody knows would wait for ever.
import { expect, test } from 'vitest';
import { tasks } from '../../src/database/job-queue.ts';
import { makeTasks } from '../../src/jobs/tasks.ts';
import type { JobOperations } from '../../src/jobs/tasks.ts';

test('the runner knows the tasks of the queue, and no others', () => {
  // Nothing is run: the names are what counts.
  const known = makeTasks({} as JobOperations, new AbortController().signal);
  expect(Object.keys(known).toSorted()).toEqual([...tasks].toSorted());
});
