import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { findChromium, isCi } from './tests/support/chromium.ts';

// Without a browser the console cannot be tried. Where everything has to be, in CI, that is a failure of each of its files.
const hasBrowser = findChromium() !== null || isCi();
if (!hasBrowser) {
  process.stderr.write('No Chromium: the tests of the console are left out. `apt-get install chromium`, or set CHROMIUM_PATH.\n');
}

export default defineConfig({
  // graphql must be one module: without the alias vitest loads its CommonJS and ES builds side by side.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // All files share one PostgreSQL server, and many start services of their own beside it.
    maxWorkers: Math.max(2, Math.min(4, availableParallelism())),
    projects: [
      { extends: true, test: { name: 'unit', include: ['tests/unit/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'database',
          include: ['tests/{integration,contract,e2e}/**/*.test.ts'],
          globalSetup: ['tests/support/global-setup.ts'],
          testTimeout: 180_000,
        },
      },
      // Each file has a Chromium and a service of its own: two files at a time fill two cores.
      ...(hasBrowser
        ? [
            {
              extends: true as const,
              test: {
                name: 'console',
                include: ['tests/console/**/*.test.ts'],
                globalSetup: ['tests/support/global-setup.ts'],
                maxWorkers: 2,
                sequence: { groupOrder: 1 },
                testTimeout: 240_000,
              },
            },
          ]
        : []),
      // After the others: faults are injected into processes that need the machine for themselves. They mostly wait (for a lease to run out,
      // for a process to end): two files at a time leave two cores idle for half of the time, three a quarter.
      {
        extends: true,
        test: {
          name: 'faults',
          include: ['tests/faults/**/*.test.ts'],
          globalSetup: ['tests/support/global-setup.ts'],
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
          // Tests wait for what has to happen; how long that takes says how busy the machine is.
          testTimeout: 180_000,
        },
      },
    ],
  },
});
