// .github/workflows/ci.yml and .gitlab-ci.yml: valid by the schemas of GitHub and GitLab, and by rules that are proven on planted violations.
import { readFileSync } from 'node:fs';
import { validateWorkflow } from '@action-validator/core';
import { describe, expect, test } from 'vitest';
import { gitlabFaults, workflowFaults } from '../support/pipeline-rules.ts';
import { run, usePlantedProjects } from '../support/planted-project.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const workflow = read('.github/workflows/ci.yml');
const pipeline = read('.gitlab-ci.yml');
const plant = usePlantedProjects([]);

function change(text: string, right: string, wrong: string): string {
  expect(text).toContain(right);
  return text.replace(right, wrong);
}

/** gitlab-ci-local reads a pipeline as a runner would, by GitLab's own schema; it wants a repository around it. */
async function gitlabSays(text: string): Promise<{ readonly code: number; readonly said: string }> {
  const folder = await plant({ '.gitlab-ci.yml': text, 'package-lock.json': '{}' });
  for (const args of [
    ['init', '--quiet', '--initial-branch=main'],
    ['remote', 'add', 'origin', 'https://gitlab.example/group/carillon.git'],
    ['-c', 'user.name=test', '-c', 'user.email=test@localhost', 'commit', '--quiet', '--allow-empty', '--message=first'],
  ]) {
    expect(await run(folder, 'git', args)).toMatchObject({ code: 0 });
  }
  const { code, stdout, stderr } = await run(folder, process.execPath, ['node_modules/gitlab-ci-local/dist/index.js', '--list-all']);
  return { code, said: stdout + stderr };
}

describe('GitHub', () => {
  test('takes the workflow', () => {
    expect(validateWorkflow(workflow).errors).toEqual([]);
    expect(workflowFaults(workflow)).toEqual([]);
  });

  test.each([
    ['an unknown key', 'timeout-minutes: 15', 'timeout: 15'],
    ['a job that is not there', 'needs: [check, test, deployment]', 'needs: [checks]'],
    ['a right that does not exist', 'contents: read', 'contents: look'],
  ])('would not take %s', (_violation, right, wrong) => {
    expect(validateWorkflow(change(workflow, right, wrong)).errors).not.toEqual([]);
  });

  test.each([
    [
      'an action by its tag',
      'actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1',
      'actions/checkout@v7',
      'actions/checkout@v7 is not pinned',
    ],
    ['every right', 'permissions:\n  contents: read', 'permissions: write-all', 'the jobs may do more than read'],
    ['a right too much', 'packages: write', 'packages: write\n      id-token: write', 'image: may write id-token'],
    ['strangers with our rights', '  pull_request:', '  pull_request_target:', 'pull_request_target runs the code of strangers'],
    ['a job without an end', '    timeout-minutes: 45\n', '', 'test: has no limit in time'],
    ['a machine that changes', 'ubuntu-24.04', 'ubuntu-latest', 'the machine ubuntu-latest changes by itself'],
    [
      'a token left behind',
      'with: { persist-credentials: false }',
      'with: { persist-credentials: true }',
      'check: leaves its token behind',
    ],
    ['another Node.js', 'node-version: 26.10.0', 'node-version: 24.0.0', "check: another Node.js than package.json's"],
    ['a value in a script', 'run: npm ci', 'run: npm ci ${{ github.head_ref }}', 'check: puts values into a script'],
    ['a script that is not there', 'npm run check', 'npm run chekc', 'check: there is no script chekc'],
    ['a file that is not there', 'run: .ci/run', 'run: .ci/test', 'test: there is no file .ci/test'],
  ])('would not pass with %s', (_violation, right, wrong, fault) => {
    expect(workflowFaults(change(workflow, right, wrong)).join('\n')).toContain(fault);
  });
});

describe('GitLab', () => {
  test('takes the pipeline', async () => {
    const { code, said } = await gitlabSays(pipeline);
    expect(said).toContain('json schema validated');
    expect(said).toMatch(/^check .*^test .*^publish /ms);
    expect(code).toBe(0);
    expect(gitlabFaults(pipeline)).toEqual([]);
  });

  test.each([
    ['an unknown key', 'timeout: 45 minutes', 'timeouts: 45 minutes', "'timeouts' property is not expected"],
    ['a value that is none', 'interruptible: false', 'interruptible: perhaps', 'interruptible'],
    ["a job by the name of one of GitLab's own keys", '\npublish:\n', '\nimage:\n', 'image'],
    ['a stage that is not there', 'stage: verify', 'stage: verification', 'verification'],
  ])('would not take %s', async (_violation, right, wrong, fault) => {
    const { code, said } = await gitlabSays(change(pipeline, right, wrong));
    expect(said).toContain(fault);
    expect(code).not.toBe(0);
  });

  test.each([
    ['an image by no version', 'moby/buildkit:v0.33.0-rootless', 'moby/buildkit:rootless', 'moby/buildkit:rootless is not pinned'],
    ['another Node.js', 'node:26.10.0-trixie', 'node:24.0.0-trixie', 'is not the Node.js of package.json'],
    ['a job without an end', '  timeout: 15 minutes\n', '', 'check: has no limit in time'],
    ['a file that is not there', '.ci/run\n\npublish', '.ci/test\n\npublish', 'test: there is no file .ci/test'],
  ])('would not pass with %s', (_violation, right, wrong, fault) => {
    expect(gitlabFaults(change(pipeline, right, wrong)).join('\n')).toContain(fault);
  });
});

test('both run .ci/run, so that what has to pass is said once', () => {
  for (const text of [workflow, pipeline]) expect(text).toMatch(/(run: |- )\.ci\/run$/m);
});
