// Architecture rules: imports run one way, and each library has one home. tests/unit/lint-rules.test.ts plants a violation of each.

/** Files of src/<name>/ may import their own folder, the layers listed, the log and the failpoints. */
const layer = (name, mayImport, alsoAllowed = ['^src/(log|failpoints)\\.ts$']) => ({
  name: `${name}-imports`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: [`^src/(${[name, ...mayImport].join('|')})/`, ...alsoAllowed] },
});

/** Only the files matching `where` may import the library. */
const only = (library, where) => ({
  name: `${library}-only-in`,
  severity: 'error',
  from: { path: '^src/', pathNot: where },
  to: { path: `(^|/)node_modules/${library}/` },
});

/** The program and its composition root: the only files that see every layer. */
const composition = 'main|service|api-role|worker-role';

module.exports = {
  forbidden: [
    layer('domain', [], []),
    layer('database', ['domain']),
    layer('provider', ['domain']),
    layer('mail', ['domain']),
    layer('webhooks', ['domain']),
    layer('live', ['domain', 'database']),
    layer('operations', ['domain', 'database']),
    layer('jobs', ['domain', 'operations']),
    layer('graphql', ['domain', 'operations', 'live', 'database']),
    layer('http', ['domain', 'operations', 'live', 'graphql']),
    layer('simulator', []),
    {
      name: 'domain-is-pure',
      comment: 'no I/O, no npm: not even node: modules',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    only('undici', '^src/(provider|webhooks)/'),
    only('standardwebhooks', '^src/webhooks/'),
    only('graphile-worker', '^src/(jobs/|database/job-queue\\.ts$)'),
    only('type-graphql', '^src/graphql/'),
    only('jose', '^src/http/token-check\\.ts$'),
    only('nodemailer', '^src/mail/'),
    {
      name: 'config-is-passed-not-imported',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${composition})\\.ts$` },
      to: { path: '^src/config\\.ts$' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '^src/(main|simulator/main)\\.ts$|\\.d\\.ts$' }, to: {} },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
