import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { printRoleTable } from '../../src/graphql/access.ts';

test('docs/security.md has the table of roles that the code keeps: after a change, run `npm run schema`', async () => {
  const page = await readFile(new URL('../../docs/security.md', import.meta.url), 'utf8');
  expect(page).toContain(`<!-- roles:begin -->\n\n${printRoleTable()}\n\n<!-- roles:end -->`);
});
